import ANBCore
import CPostgres

/// Where the server is and how to get in, as libpq understands it.
struct PostgresAddress: Sendable {
    /// Holds the password; never shown.
    let connectionString: String
    /// Names host, port and database, for operators.
    let label: String

    /// - Parameter url: `postgres://user:password@host:port/database?sslmode=…`. What it leaves out libpq takes from
    ///   its environment variables and password file. SQLAlchemy's `postgresql+driver://` is understood too.
    /// - Throws: ``ANBError/Code/misconfigured``; the message does not repeat the URL, because a part of it is secret.
    init(url: String) throws {
        guard let scheme = url.firstRange(of: "://"), Self.isPostgres(url[..<scheme.lowerBound]) else {
            throw Self.refusal("it does not start with postgres://")
        }
        connectionString = "postgresql" + url[scheme.lowerBound...]
        let options = try Self.parse(connectionString)
        let (host, port) = (options["host"] ?? options["hostaddr"] ?? "localhost", options["port"] ?? "5432")
        let name = options["dbname"] ?? options["user"] ?? ""
        // Then a part of the password was taken for something else.
        guard port.split(separator: ",").allSatisfy({ UInt16($0) != nil }), !(host + name).contains("@") else {
            throw Self.unreadable
        }
        label = "PostgreSQL at \(host):\(port)/\(name)"
    }

    private static func isPostgres(_ scheme: Substring) -> Bool {
        ["postgres", "postgresql"].contains(scheme.prefix { $0 != "+" })
    }

    /// The options that the text itself gives.
    private static func parse(_ text: String) throws -> [String: String] {
        guard let parsed = PQconninfoParse(text, nil) else { throw unreadable }
        defer { PQconninfoFree(parsed) }
        var options: [String: String] = [:]
        var option = parsed
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { options[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return options
    }

    private static var unreadable: ANBError {
        refusal("it cannot be read; special characters in user and password must be percent-encoded")
    }

    private static func refusal(_ reason: String) -> ANBError {
        ANBError(
            .misconfigured, "The service is not set up correctly.",
            operatorMessage: "DATABASE_URL is not a PostgreSQL URL: \(reason)")
    }
}
