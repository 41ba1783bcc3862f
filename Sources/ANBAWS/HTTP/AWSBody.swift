package import NIOCore

/// What a request sends.
package enum AWSBody: Sendable {
    case bytes(ByteBuffer)
    /// Read anew by each attempt, chunk by chunk as the connection takes them; together exactly `byteCount` bytes.
    case chunks(any AsyncSequence<ByteBuffer, any Error> & Sendable, byteCount: Int64)

    var isEmpty: Bool {
        switch self {
        case .bytes(let bytes): bytes.readableBytes == 0
        case .chunks(_, let byteCount): byteCount == 0
        }
    }
}
