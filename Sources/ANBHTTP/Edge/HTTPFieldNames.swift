import HTTPTypes

extension HTTPField.Name {
    /// `HTTPField.Name(_:)` is optional for texts that are no tokens; these are.
    private static func constant(_ text: String) -> HTTPField.Name { HTTPField.Name(text) ?? .connection }

    static let contentSecurityPolicy = constant("content-security-policy")
    static let correlationID = constant("x-correlation-id")
    static let forwardedFor = constant("x-forwarded-for")
    static let forwardedProtocol = constant("x-forwarded-proto")
    static let idempotencyKey = constant("idempotency-key")
    static let lastEventID = constant("last-event-id")
    static let link = constant("link")
    static let rateLimit = constant("ratelimit")
    static let rateLimitPolicy = constant("ratelimit-policy")
    static let referrerPolicy = constant("referrer-policy")
    static let totalCount = constant("x-total-count")
}
