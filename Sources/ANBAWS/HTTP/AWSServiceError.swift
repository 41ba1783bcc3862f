package import ANBCore

/// A service's refusal.
package struct AWSServiceError: Error, Hashable, Sendable {
    package var status: Int
    /// The service's own name of the error, such as `NoSuchKey`; empty when the answer had no body.
    package var code: String
    package var message: String
    /// What the service's support asks for.
    package var requestID: String
    /// The service's clock, as its `Date` header tells.
    var date: String?

    package init(status: Int, code: String, message: String, requestID: String = "") {
        self.status = status
        self.code = code
        self.message = message
        self.requestID = requestID
    }

    /// Asked to slow down.
    var isThrottling: Bool { status == 429 || Self.throttlingCodes.contains(code) }

    /// The service's own trouble.
    var isServerFault: Bool { status >= 500 || code == "RequestTimeout" }

    /// The service's clock and ours differ.
    var tellsOfClock: Bool { Self.clockCodes.contains(code) }

    /// Temporary credentials that are over.
    var tellsOfExpiredToken: Bool { ["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"].contains(code) }

    /// The service knows who asks, or not, and refuses.
    package var tellsOfCredentials: Bool {
        status == 401 || status == 403 || tellsOfExpiredToken || Self.credentialCodes.contains(code)
    }

    private static let throttlingCodes: Set<String> = [
        "SlowDown", "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "TooManyRequestsException",
        "RequestLimitExceeded", "KmsThrottled", "BandwidthLimitExceeded",
    ]
    private static let clockCodes: Set<String> = [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException", "SignatureDoesNotMatch",
    ]
    private static let credentialCodes: Set<String> = [
        "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidClientTokenId", "UnrecognizedClientException", "InvalidToken",
        "InvalidSignatureException", "IncompleteSignature", "MissingAuthenticationToken", "AuthorizationHeaderMalformed",
        "AccessDenied", "AccessDeniedException",
    ]
}

extension AWSServiceError: CustomStringConvertible {
    package var description: String {
        let name = code.isEmpty ? "" : " \(code)"
        let text = message.isEmpty ? "" : ": \(message)"
        return "HTTP \(status)\(name)\(text)" + (requestID.isEmpty ? "" : " (request \(requestID))")
    }
}

extension AWSServiceError {
    /// How long to leave a service alone that refuses the credentials: until an operator or a refresh has helped.
    private static let credentialPause: Duration = .seconds(30)

    /// Every refusal may end when an operator has put it right, so none of them is for ever.
    /// - Parameter action: What was being done, for operators.
    package func translated(doing action: String) -> ANBError {
        if tellsOfCredentials {
            return .unavailable("\(action): the credentials are refused (\(self))", after: Self.credentialPause, cause: self)
        }
        return .unavailable("\(action): \(self)", after: .seconds(isThrottling || isServerFault ? 1 : 30), cause: self)
    }
}
