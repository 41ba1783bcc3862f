package import NIOCore

/// One reply of a Redis server.
///
/// RESP3's maps and sets are kept as the flat arrays of RESP2, its booleans as 0 and 1, its doubles and big numbers as
/// text, so that a caller reads one form whichever protocol the server speaks.
package indirect enum RESPValue: Hashable, Sendable {
    case simple(String)
    case integer(Int64)
    case bulk(ByteBuffer)
    case array([RESPValue])
    case null
    /// The server refused; within an array, one of several commands did.
    case error(RedisServerError)
    /// Not an answer to anything that was asked.
    case push([RESPValue])
}

extension RESPValue {
    package var text: String? {
        switch self {
        case .simple(let text): text
        case .bulk(let bytes): String(buffer: bytes)
        default: nil
        }
    }

    package var integer: Int64? {
        switch self {
        case .integer(let value): value
        default: text.flatMap { Int64($0) }
        }
    }

    package var items: [RESPValue]? {
        if case .array(let items) = self { items } else { nil }
    }
}

/// What a server said when it refused a command.
package struct RedisServerError: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String

    package init(_ message: String) { self.message = message }

    /// The first word, for example `WRONGPASS`.
    package var code: Substring { message.prefix { $0 != " " } }

    package var description: String { String(message.prefix(300)) }
}
