import HTTPTypes
import Hummingbird

/// Every answer below the uploads, refusals too, says which version of tus this is.
struct TusMiddleware<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard request.uri.path.hasPrefix(ResumableRoutes.path) else { return response }
        response.headers[.tusResumable] = Tus.version
        if response.status == .preconditionFailed { response.headers[.tusVersion] = Tus.version }
        return response
    }
}
