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
    static let methodOverride = constant("x-http-method-override")
    static let rateLimitPolicy = constant("ratelimit-policy")
    static let referrerPolicy = constant("referrer-policy")
    static let taskID = constant("x-task-id")
    static let totalCount = constant("x-total-count")
    static let tusChecksumAlgorithm = constant("Tus-Checksum-Algorithm")
    static let tusExtension = constant("Tus-Extension")
    static let tusMaxSize = constant("Tus-Max-Size")
    static let tusResumable = constant("Tus-Resumable")
    static let tusVersion = constant("Tus-Version")
    static let uploadChecksum = constant("Upload-Checksum")
    static let uploadDeferLength = constant("Upload-Defer-Length")
    static let uploadExpires = constant("Upload-Expires")
    static let uploadLength = constant("Upload-Length")
    static let uploadMetadata = constant("Upload-Metadata")
    static let uploadOffset = constant("Upload-Offset")
    static let videoID = constant("x-video-id")
}
