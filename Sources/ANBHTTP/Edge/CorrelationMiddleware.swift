import ANBCore
import Foundation
import HTTPTypes
import Hummingbird
import Logging

/// Gives every request an id that its answer, its log lines and its jobs share: the client's, or a new one.
struct CorrelationMiddleware<Context: RequestContext>: RouterMiddleware {
    static var charactersMax: Int { 128 }

    let ids: any IDGenerator

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let id = request.headers[.correlationID].flatMap(Self.accepted) ?? ids.uuidText()
        var head = request.head
        head.headerFields[.correlationID] = id
        var context = context
        context.logger[metadataKey: "correlation_id"] = "\(id)"
        var response = try await next(Request(head: head, body: request.body), context)
        response.headers[.correlationID] = id
        return response
    }

    /// Only what can go into a log line and a header unescaped.
    private static func accepted(_ text: String) -> String? {
        (1...charactersMax).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? text : nil
    }
}
