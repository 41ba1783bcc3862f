import ANBCore
import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// The answer to what could not be read as a request, so that it never met the routes and their middleware.
struct UnreadableRequest {
    let status: HTTPResponse.Status
    private let detail: String

    /// - Returns: `nil` when the connection itself is at fault.
    init?(_ error: any Error) {
        switch error {
        case is IOError, is ChannelError: return nil
        case HTTPParserError.headerOverflow:
            (status, detail) = (.requestHeaderFieldsTooLarge, "The header fields of the request are too large.")
        case HTTPParserError.invalidURL:
            (status, detail) = (.badRequest, "The address is not valid: letters such as á must be percent-encoded, as %C3%A1.")
        default: (status, detail) = (.badRequest, "This is not a valid HTTP request.")
        }
    }

    /// The whole answer; the connection ends after it.
    func parts(correlationID: String) -> [HTTPResponsePart] {
        let body = JSONAnswer.bytes(Problem(status, detail: detail, code: .invalidRequest))
        let fields: HTTPFields = [
            .contentType: "application/problem+json", .contentLength: String(body.readableBytes), .connection: "close",
            .correlationID: correlationID, .xContentTypeOptions: "nosniff", .cacheControl: "no-store",
        ]
        return [.head(HTTPResponse(status: status, headerFields: fields)), .body(body), .end(nil)]
    }
}
