import ANBCore
import HTTPTypes
import Hummingbird
import Tracing

/// A span for each request but those that are asked every few seconds. Its trace is the correlation id's.
struct TraceMiddleware<Context: RequestContext>: RouterMiddleware {
    let quietPaths: Set<String>

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let id = request.headers[.correlationID], !quietPaths.contains(request.uri.path) else {
            return try await next(request, context)
        }
        let origin = TraceOrigin(correlationID: id).context
        return try await withSpan("request", context: origin, ofKind: .server) { span in
            let response = try await next(request, context)
            let route = context.endpointPath ?? "none"
            span.operationName = "\(request.method.rawValue) \(route)"
            span.attributes["http.request.method"] = request.method.rawValue
            span.attributes["http.route"] = route
            span.attributes["http.response.status_code"] = response.status.code
            span.attributes["anb.correlation_id"] = id
            if response.status.kind == .serverError { span.setStatus(.init(code: .error, message: "\(response.status.code)")) }
            return response
        }
    }
}
