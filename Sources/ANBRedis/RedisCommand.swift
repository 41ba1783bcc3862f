package import NIOCore

/// One command with its arguments. It has no text form on purpose: arguments may be passwords.
package struct RedisCommand: Sendable {
    package var parts: [String]

    package init(_ parts: String...) { self.parts = parts }
    package init(_ parts: [String]) { self.parts = parts }

    /// The command as the server reads it: an array of strings.
    package func encoded() -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(16 + parts.reduce(0) { $0 + $1.utf8.count + 16 })
        bytes.writeString("*\(parts.count)\r\n")
        for part in parts {
            bytes.writeString("$\(part.utf8.count)\r\n")
            bytes.writeString(part)
            bytes.writeString("\r\n")
        }
        return bytes
    }
}
