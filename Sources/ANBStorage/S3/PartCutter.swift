import ANBAWS
import Crypto
import NIOCore

/// Cuts a stream into parts of equal size, the last one smaller, and hashes them on the way. A stream can be read only
/// once, so its parts are held in memory until they are sent.
struct PartCutter: UploadParts {
    private var chunks: any AsyncIteratorProtocol<ByteBuffer, any Error>
    private let partBytes: Int
    private var promise: PromisedBytes
    private var rest = ByteBuffer()
    private var number = 0
    private var isAtEnd = false

    init(_ chunks: any AsyncSequence<ByteBuffer, any Error>, promised: Int64?, partBytes: Int) {
        self.chunks = chunks.makeAsyncIterator()
        self.partBytes = partBytes
        promise = PromisedBytes(promised)
    }

    /// - Throws: What the stream throws; `invalidRequest` when it breaks its promise.
    mutating func next() async throws -> UploadPart? {
        var bytes = ByteBuffer()
        var hash = SHA256()
        while bytes.readableBytes < partBytes, try await fill() {
            if bytes.capacity == 0 { bytes.reserveCapacity(capacity) }
            guard var piece = rest.readSlice(length: min(rest.readableBytes, partBytes - bytes.readableBytes)) else { break }
            piece.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
            bytes.writeBuffer(&piece)
        }
        guard bytes.readableBytes > 0 || number == 0 else { return nil }
        number += 1
        return UploadPart(number: number, body: .bytes(bytes), sha256: Array(hash.finalize()))
    }

    /// Makes sure that there is something in `rest`; false at the end of the stream.
    private mutating func fill() async throws -> Bool {
        while rest.readableBytes == 0, !isAtEnd {
            if let chunk = try await chunks.next() {
                try promise.add(chunk.readableBytes)
                rest = chunk
            } else {
                // A cancelled stream may look like one that has ended.
                try Task.checkCancellation()
                try promise.finish()
                isAtEnd = true
            }
        }
        return rest.readableBytes > 0
    }

    /// What the part may need, so that it does not grow by copying.
    private var capacity: Int {
        guard let promised = promise.promised else { return min(partBytes, 1 << 20) }
        return Int(min(Int64(partBytes), max(promised - Int64(number * partBytes), 1)))
    }
}
