import ANBCore
import NIOCore

/// A part of an open file in chunks, each read when it is asked for. The file is closed when the last of the
/// sequence and its iterators is gone, wherever the reading stopped.
struct FileChunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    static let chunkBytes: Int64 = 256 << 10

    let file: Descriptor
    let range: Range<Int64>
    let threads: FileThreads

    func makeAsyncIterator() -> Iterator { Iterator(file: file, range: range, threads: threads) }

    struct Iterator: AsyncIteratorProtocol {
        let file: Descriptor
        var range: Range<Int64>
        let threads: FileThreads

        mutating func next() async throws -> ByteBuffer? {
            if range.isEmpty { return nil }
            try Task.checkCancellation()
            let offset = range.lowerBound
            let count = Int(Swift.min(FileChunks.chunkBytes, range.upperBound - offset))
            let chunk = try await threads.run("reading an object") { [file] in
                try file.chunk(at: offset, byteCount: count)
            }
            range = (offset + Int64(chunk.readableBytes))..<range.upperBound
            return chunk
        }
    }
}

extension Descriptor {
    /// - Returns: At least one byte.
    /// - Throws: `corrupted` when the file ends before.
    func chunk(at offset: Int64, byteCount: Int) throws -> ByteBuffer {
        var chunk = ByteBufferAllocator().buffer(capacity: byteCount)
        let count = try chunk.writeWithUnsafeMutableBytes(minimumWritableBytes: byteCount) {
            try read(into: UnsafeMutableRawBufferPointer(rebasing: $0.prefix(byteCount)), at: offset)
        }
        guard count > 0 else {
            throw ANBError(
                .corrupted, "The file is damaged.", operatorMessage: "an object's file became shorter while it was read")
        }
        return chunk
    }
}
