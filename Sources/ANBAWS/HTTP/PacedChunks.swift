import NIOCore

/// Chunks no faster than connections take them. That a connection is full shows on its event loop only, so whoever reads
/// faster than a busy loop turns would pile up a whole body in front of it. Here every chunk but the first waits until
/// the loops have done what they were given before.
struct PacedChunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    let chunks: any AsyncSequence<ByteBuffer, any Error> & Sendable
    let loops: any EventLoopGroup

    func makeAsyncIterator() -> Iterator { Iterator(base: chunks.makeAsyncIterator(), loops: loops) }

    struct Iterator: AsyncIteratorProtocol {
        var base: any AsyncIteratorProtocol<ByteBuffer, any Error>
        let loops: any EventLoopGroup
        var isFirst = true

        mutating func next() async throws -> ByteBuffer? {
            if !isFirst { for loop in loops.makeIterator() { try await loop.submit {}.get() } }
            isFirst = false
            return try await base.next(isolation: nil)
        }
    }
}
