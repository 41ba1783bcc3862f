import HTTPTypes
import Hummingbird

/// Lets pages of other sites call the API where the operator allows it; refusals can be read there too.
struct CrossOriginMiddleware<Context: RequestContext>: RouterMiddleware {
    /// Of the answers, beside the few that every page may read.
    private static var exposed: [HTTPField.Name] {
        [
            .eTag, .link, .location, .retryAfter, .totalCount, .correlationID, .rateLimit, .rateLimitPolicy, .videoID, .taskID,
            .contentRange, .tusResumable, .tusVersion, .tusExtension, .tusMaxSize, .uploadExpires, .uploadLength, .uploadOffset,
        ]
    }
    private static var methods: String { "GET, HEAD, POST, PATCH, DELETE" }
    /// Seconds that a browser need not ask again; more than two hours no browser takes.
    private static var keptSeconds: String { "7200" }

    let origins: CrossOrigins

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard let allowed = request.headers[.origin].flatMap(origins.allowed) else {
            return vary(try await next(request, context))
        }
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            return vary(permission(allowed, for: request))
        }
        var response = try await next(request, context)
        response.headers[.accessControlAllowOrigin] = allowed
        response.headers[.accessControlExposeHeaders] = Self.exposed.map(\.canonicalName).joined(separator: ", ")
        return vary(response)
    }

    private func permission(_ allowed: String, for request: Request) -> Response {
        var headers: HTTPFields = [
            .accessControlAllowOrigin: allowed, .accessControlAllowMethods: Self.methods, .accessControlMaxAge: Self.keptSeconds,
        ]
        // What a route does not know it ignores, so there is nothing to choose from.
        headers[.accessControlAllowHeaders] = request.headers[.accessControlRequestHeaders]
        return Response(status: .noContent, headers: headers)
    }

    /// One page's answer must not be kept for another.
    private func vary(_ response: Response) -> Response {
        guard origins.isList else { return response }
        var response = response
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        return response
    }
}
