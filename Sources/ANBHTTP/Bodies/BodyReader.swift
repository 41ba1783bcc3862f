import ANBCore
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads request bodies within the edge limits.
struct BodyReader: Sendable {
    let limits: EdgeLimits
    let clock: any WallClock

    /// Hands the body's chunks to `consume` in order; the next one is read when it returns.
    /// - Throws: `requestTimeout` for a slow client, `invalidRequest` for a body that ends early, and what `consume` does.
    func stream<Consumer: Sendable>(
        _ body: RequestBody, into consumer: Consumer,
        _ consume: @escaping @Sendable (inout Consumer, ByteBuffer) async throws -> Void
    ) async throws -> Consumer {
        try await PacedReading.run(limits: limits, clock: clock) { reading in
            var consumer = consumer
            var chunks = body.makeAsyncIterator()
            while let chunk = try await reading.waiting(
                count: \.readableBytes, { try await Self.next(&chunks) })
            {
                try await consume(&consumer, chunk)
            }
            return consumer
        }
    }

    /// The whole body, when it is a small one.
    /// - Throws: ``ANBError/Code/tooLarge`` above ``EdgeLimits/jsonBodyBytesMax``.
    func collect(_ request: Request) async throws -> ByteBuffer {
        let limit = limits.jsonBodyBytesMax
        if let declared = request.headers[.contentLength].flatMap(Int.init), declared > limit { throw Self.tooLarge(limit) }
        return try await stream(request.body, into: ByteBuffer()) { all, chunk in
            guard all.readableBytes + chunk.readableBytes <= limit else { throw Self.tooLarge(limit) }
            all.writeImmutableBuffer(chunk)
        }
    }

    /// A connection that ends, or bytes that are no HTTP, in the middle of a body.
    private static func next(_ chunks: inout RequestBody.AsyncIterator) async throws -> ByteBuffer? {
        do {
            return try await chunks.next()
        } catch let error as CancellationError {
            throw error
        } catch {
            throw ANBError(.invalidRequest, "The body of the request ended early.", cause: error)
        }
    }

    private static func tooLarge(_ limit: Int) -> ANBError {
        ANBError(.tooLarge, "The body of the request is too large; at most \(limit >> 10) KiB are allowed.")
    }
}
