import ANBCore

/// The pages of other sites that may read this server's answers from a browser, as CORS (the Fetch standard) has it. Tokens travel
/// in a header that such a page must know and never in a cookie, so an allowed page can do no more than any other client.
public struct CrossOrigins: Hashable, Sendable {
    private enum Rule: Hashable {
        case any
        case these(Set<String>)
    }

    /// No page but the server's own.
    public static let none = CrossOrigins(rule: .these([]))

    private let rule: Rule

    private init(rule: Rule) { self.rule = rule }

    /// - Parameter text: Origins such as `https://anb.example.com, http://localhost:5173`, separated by commas; or `*`.
    /// - Throws: `ANBError.Code.misconfigured` naming the entry that is none.
    public init(_ text: String) throws {
        guard text[...].trimming(while: \.isWhitespace) != "*" else {
            rule = .any
            return
        }
        rule = .these(
            Set(try text.split(separator: ",").map { try Self.origin($0.trimming(while: \.isWhitespace).lowercased()) }))
    }

    private static func origin(_ entry: String) throws -> String {
        let parts = entry.split(separator: "/", omittingEmptySubsequences: false)
        // Browsers send scheme, host and port, and nothing behind them.
        guard parts.count == 3, ["http:", "https:"].contains(parts[0]), parts[1].isEmpty, !parts[2].isEmpty, parts[2] != "*"
        else {
            throw ANBError(.misconfigured, "\"\(entry.prefix(60))\" is not an origin like https://anb.example.com, nor * alone.")
        }
        return entry
    }

    /// Whether no page is allowed.
    var isEmpty: Bool { self == .none }

    /// Whether answers differ from one origin to another.
    var isList: Bool { rule != .any }

    /// - Returns: What `Access-Control-Allow-Origin` says to a page from there; `nil` when it may read nothing.
    func allowed(_ origin: String) -> String? {
        switch rule {
        case .any: "*"
        case .these(let origins): origins.contains(origin.lowercased()) ? origin : nil
        }
    }
}
