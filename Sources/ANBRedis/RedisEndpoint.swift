import ANBCore
import Foundation

/// Where a Redis server is and how to sign in there.
package struct RedisEndpoint: Hashable, Sendable {
    package static let defaultPort = 6379
    /// Redis itself allows any number; this one only catches typing errors.
    package static let databaseMax = 1023

    package var host: String
    package var port: Int
    /// `nil` with a password is the server's user `default`.
    package var user: String?
    package var password: RedisSecret?
    /// The number of the logical database.
    package var database: Int
    package var usesTLS: Bool
    /// A PEM file of the authorities to trust instead of the system's.
    package var authoritiesPath: String?

    /// Reads `redis://[[user]:password@]host[:port][/database]`; `rediss://` is TLS, and then `?ssl_ca_certs=/path.pem`
    /// names the authorities to trust. Percent-encoding holds for user and password.
    /// - Throws: ``ANBError/Code/misconfigured`` saying what is wrong, without the password.
    package init(url text: String) throws {
        guard let scheme = ["redis", "rediss"].first(where: { text.lowercased().hasPrefix("\($0)://") }) else {
            throw Self.wrong("it must start with redis:// or rediss://")
        }
        guard let parts = URLComponents(string: text) else {
            throw Self.wrong("it is not a URL; percent-encode the special characters of the password")
        }
        guard let host = parts.host, !host.isEmpty else { throw Self.wrong("it names no host") }
        guard parts.fragment == nil else { throw Self.wrong("it has a # part; percent-encode a # of the password as %23") }
        // IPv6 addresses come in brackets.
        self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        port = parts.port ?? Self.defaultPort
        guard (1...65535).contains(port) else { throw Self.wrong("its port must be from 1 to 65535") }
        user = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        password = parts.password.flatMap { $0.isEmpty ? nil : RedisSecret($0) }
        guard user == nil || password != nil else {
            throw Self.wrong("it has a user and no password; a password alone is written redis://:password@host")
        }
        database = try Self.database(parts.path)
        usesTLS = scheme == "rediss"
        authoritiesPath = try Self.authorities(parts.queryItems ?? [], usesTLS: usesTLS)
    }

    private static func database(_ path: String) throws -> Int {
        let text = path.dropFirst()
        if text.isEmpty { return 0 }
        guard text.allSatisfy(\.isNumber), let number = Int(text), (0...databaseMax).contains(number) else {
            throw wrong("what follows the host must be a database number from 0 to \(databaseMax)")
        }
        return number
    }

    private static func authorities(_ query: [URLQueryItem], usesTLS: Bool) throws -> String? {
        if let unknown = query.first(where: { $0.name != "ssl_ca_certs" }) {
            throw wrong("it has the parameter \"\(unknown.name.prefix(40))\"; only ssl_ca_certs is known")
        }
        guard let path = query.last?.value, !path.isEmpty else { return nil }
        guard usesTLS else { throw wrong("ssl_ca_certs needs rediss://") }
        return path
    }

    private static func wrong(_ rule: String) -> ANBError {
        ANBError(.misconfigured, "REDIS_URL is not valid: \(rule).")
    }
}

extension RedisEndpoint: CustomStringConvertible {
    /// Host, port and database; never user or password.
    package var description: String {
        let place = host.contains(":") ? "[\(host)]" : host
        return "\(usesTLS ? "rediss" : "redis")://\(place):\(port)/\(database)"
    }
}
