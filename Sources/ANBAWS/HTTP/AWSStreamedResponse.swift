import ANBCore
import AsyncHTTPClient
package import NIOCore
package import NIOHTTP1

/// An answer whose body is read as it comes.
package struct AWSStreamedResponse: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    /// With back-pressure. Ends the connection when the reading stops early.
    package let chunks: any AsyncSequence<ByteBuffer, any Error> & Sendable

    init(_ response: HTTPClientResponse, of request: AWSRequest) {
        status = Int(response.status.code)
        headers = response.headers
        chunks = AnswerChunks(body: response.body, request: request)
    }
}

/// The chunks of an answer, with errors that say who failed.
private struct AnswerChunks: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    /// No answer of a service takes longer, however slowly its bytes drip.
    private static let durationMax: TimeAmount = .minutes(30)

    let body: HTTPClientResponse.Body
    let request: AWSRequest

    func makeAsyncIterator() -> Iterator {
        Iterator(base: body.makeAsyncIterator(), request: request, deadline: .now() + Self.durationMax)
    }

    struct Iterator: AsyncIteratorProtocol {
        var base: HTTPClientResponse.Body.AsyncIterator
        let request: AWSRequest
        let deadline: NIODeadline

        mutating func next() async throws -> ByteBuffer? {
            guard NIODeadline.now() < deadline else { throw HTTPClientError.deadlineExceeded }
            do {
                return try await base.next()
            } catch {
                throw try AttemptFailure(error).thrown(by: request)
            }
        }
    }
}
