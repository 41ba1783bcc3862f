import ANBCore
import HTTPTypes
import Hummingbird
import Logging

/// One log line for each request, and its figures. The query stays out of the line: signatures are in there.
struct AccessLogMiddleware<Context: RequestContext>: RouterMiddleware {
    let clock: any WallClock
    /// Paths that are asked every few seconds; their lines are for debugging only.
    let quietPaths: Set<String>
    let meter: RequestMeter

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let start = clock.now
        let metered = meter.began()
        var status: HTTPResponse.Status?
        defer { meter.ended(request.method, context.endpointPath, status, since: metered) }
        let response = try await next(request, context)
        status = response.status
        context.logger.log(
            level: quietPaths.contains(request.uri.path) ? .debug : .info, "request",
            metadata: [
                "method": "\(request.method.rawValue)", "path": "\(request.uri.path.prefix(256))",
                "status": "\(response.status.code)", "milliseconds": "\((clock.now - start).wholeMilliseconds)",
            ])
        return response
    }
}
