/// A statement of the shared SQL in PostgreSQL's dialect: the one place where the two differ in syntax.
enum PostgresStatement {
    /// Numbered parameters are `$1` instead of `?1`. No statement of ours has a question mark of its own.
    static func translate(_ sql: String) -> String {
        String(decoding: sql.utf8.map { $0 == UInt8(ascii: "?") ? UInt8(ascii: "$") : $0 }, as: UTF8.self)
    }

    /// Whether preparing it pays; everything else is run once per schema or transaction.
    static func isWorthPreparing(_ sql: String) -> Bool {
        ["SELECT", "INSERT", "UPDATE", "DELETE"].contains { sql.hasPrefix($0) }
    }
}

extension SQLValue {
    /// In PostgreSQL's text format; `nil` is NULL. Text cannot hold a zero byte there, and cutting it off would be
    /// silent, so it becomes the replacement character.
    var postgresText: String? {
        switch self {
        case .null: nil
        case .integer(let integer): String(integer)
        case .real(let real): String(real)
        case .text(let text): text.utf8.contains(0) ? String(text.map { $0 == "\0" ? "\u{FFFD}" : $0 }) : text
        }
    }
}
