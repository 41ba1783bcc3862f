import ANBCore
import HTTPTypes
import Hummingbird
import Logging

/// Turns whatever a route throws into a problem document, and says in the log what the client is not told.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    /// Bodies of this many bytes are read to their end even when they are refused; larger ones cost the connection.
    let bodyBytesReadAnyway: Int
    /// To tell a wrong method from a wrong path.
    let table: RouteTable

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            return answer(error, to: request, logger: context.logger)
        }
    }

    private func answer(_ error: any Error, to request: Request, logger: Logger) -> Response {
        let problem = problem(for: error, request)
        logger.log(
            level: Self.level(for: problem.status), "request refused",
            metadata: ["status": "\(problem.status)", "error": "\(error)"])
        var response = problem.response
        if let refusal = (error as? ANBError)?.cause as? RequestLimits.Refusal { response.headers += refusal.headers }
        if response.status == .methodNotAllowed { response.headers[.allow] = table.allow(request.uri.path) }
        if mayHaveUnreadBody(request) { response.headers[.connection] = "close" }
        // RFC 9110 §9.3.2: the answer to HEAD has no content; bytes after it would be taken for the next answer.
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// A fault of ours, a passing shortage, or the client's own affair.
    private static func level(for status: Int) -> Logger.Level {
        switch status {
        case HTTPResponse.Status.internalServerError.code: .error
        case 500...: .warning
        default: .info
        }
    }

    private func problem(for error: any Error, _ request: Request) -> Problem {
        switch error {
        case let error as ANBError: return Problem(error)
        case let error as any HTTPResponseError where error.status == .notFound: return noRoute(request)
        case let error as any HTTPResponseError where error.status.kind == .clientError:
            return Problem(error.status, detail: "The request cannot be answered.", code: .invalidRequest)
        case is CancellationError:
            return Problem(ANBError.unavailable("the request was cancelled"))
        default: return Problem(.internalServerError, detail: Problem.ownFault, code: .internal)
        }
    }

    private func noRoute(_ request: Request) -> Problem {
        guard let methods = table.allow(request.uri.path) else {
            return Problem(.notFound, detail: "There is nothing at this address.", code: .notFound)
        }
        return Problem(.methodNotAllowed, detail: "Only \(methods) is possible here.", code: .methodNotAllowed)
    }

    private func mayHaveUnreadBody(_ request: Request) -> Bool {
        if request.headers[.transferEncoding] != nil { return true }
        guard let declared = request.headers[.contentLength].flatMap(Int.init) else { return false }
        return declared > bodyBytesReadAnyway
    }
}
