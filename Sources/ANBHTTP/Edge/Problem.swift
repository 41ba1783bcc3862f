import ANBCore
import HTTPTypes
import Hummingbird

/// A failure as a client sees it: a problem document (RFC 9457).
struct Problem: Encodable {
    /// `about:blank`: the title is the status phrase, and ``code`` tells problems of one status apart.
    let type = "about:blank"
    var title: String
    var status: Int
    var detail: String
    var code: String
    /// What is wrong with a clip that is refused.
    var failureCode: FailureCode?
    /// For the header, not for the document.
    var retryAfterSeconds: Int64?

    enum CodingKeys: String, CodingKey {
        case type, title, status, detail, code
        case failureCode = "failure_code"
    }

    init(_ status: HTTPResponse.Status, detail: String, code: ANBError.Code) {
        self.title = status.reasonPhrase
        self.status = status.code
        self.detail = detail
        self.code = code.rawValue
    }

    /// Hides everything about a fault of our own.
    init(_ error: ANBError) {
        let status = error.code.status
        guard status != .internalServerError else {
            self.init(status, detail: Self.ownFault, code: .internal)
            return
        }
        self.init(status, detail: error.userMessage, code: error.code)
        failureCode = error.failureCode
        if case .retryLater(let delay) = error.recovery {
            retryAfterSeconds = max(1, Int64(delay.inSeconds.rounded(.up)))
        } else if status == .serviceUnavailable {
            retryAfterSeconds = 1
        }
    }

    static let ownFault = "Something went wrong on our side. Please try again later."

    var response: Response {
        var headers: HTTPFields = [.contentType: "application/problem+json"]
        if let retryAfterSeconds { headers[.retryAfter] = String(retryAfterSeconds) }
        if status == HTTPResponse.Status.unauthorized.code { headers[.wwwAuthenticate] = #"Bearer realm="anb""# }
        let status = HTTPResponse.Status(code: status, reasonPhrase: title)
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: JSONAnswer.bytes(self)))
    }
}
