package import NIOCore

/// Chunks for a write: those given, then perhaps an error.
package struct ChunkSource: AsyncSequence, Sendable {
    package typealias Failure = any Error

    package var chunks: [ByteBuffer]
    /// Thrown instead of the end.
    package var failure: (any Error)?

    package init(_ chunks: [ByteBuffer], failure: (any Error)? = nil) {
        self.chunks = chunks
        self.failure = failure
    }

    package init(_ texts: [String], failure: (any Error)? = nil) {
        self.init(texts.map { ByteBuffer(string: $0) }, failure: failure)
    }

    package func makeAsyncIterator() -> Iterator { Iterator(rest: chunks[...], failure: failure) }

    package struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<ByteBuffer>
        let failure: (any Error)?

        package mutating func next() async throws -> ByteBuffer? {
            if let chunk = rest.popFirst() { return chunk }
            if let failure { throw failure }
            return nil
        }
    }
}

/// One chunk, then silence until the reading task is cancelled; then it ends as if it were complete, which is how
/// `AsyncStream` behaves too.
package struct StallingSource: AsyncSequence, Sendable {
    package typealias Failure = any Error

    private let chunk: ByteBuffer
    private let onStall: @Sendable () -> Void

    /// - Parameter onStall: Called when the second chunk is asked for.
    package init(_ chunk: ByteBuffer, onStall: @escaping @Sendable () -> Void) {
        self.chunk = chunk
        self.onStall = onStall
    }

    package func makeAsyncIterator() -> Iterator { Iterator(chunk: chunk, onStall: onStall) }

    package struct Iterator: AsyncIteratorProtocol {
        var chunk: ByteBuffer?
        let onStall: @Sendable () -> Void

        package mutating func next() async throws -> ByteBuffer? {
            if let first = chunk.take() { return first }
            onStall()
            try? await Task.sleep(for: .seconds(3600))
            return nil
        }
    }
}
