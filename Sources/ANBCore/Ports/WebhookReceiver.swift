/// Where events of videos are sent.
public protocol WebhookReceiver: Sendable {
    /// One try, with a limit of its own.
    /// - Parameters:
    ///   - body: JSON.
    ///   - headers: To go with it, beside those of every request.
    /// - Returns: The status of the answer. Redirects are answers like any other.
    /// - Throws: When no answer came.
    func post(_ body: String, headers: [(name: String, value: String)]) async throws -> Int
}
