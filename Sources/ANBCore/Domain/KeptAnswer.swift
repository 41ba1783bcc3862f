/// A request that came with an `Idempotency-Key`, so that a repeat of it gets the same answer.
public struct KeptRequest: Hashable, Sendable {
    /// Whose key it is, without saying who: no two people share one.
    public var scope: String
    /// The client's.
    public var key: String
    /// What was asked for: the same key with another one is a mistake of the client.
    public var fingerprint: String
    /// When somebody began to do it.
    public var startedAt: Timestamp
    /// `nil` while it is being done.
    public var answer: KeptAnswer?
    /// When it may be forgotten.
    public var expiresAt: Timestamp

    /// A request as it was answered first.
    public init(
        scope: String, key: String, fingerprint: String, startedAt: Timestamp, answer: KeptAnswer? = nil,
        expiresAt: Timestamp
    ) {
        self.scope = scope
        self.key = key
        self.fingerprint = fingerprint
        self.startedAt = startedAt
        self.answer = answer
        self.expiresAt = expiresAt
    }
}

/// What was answered, as it went out.
public struct KeptAnswer: Hashable, Sendable {
    /// Of HTTP.
    public var status: Int
    /// JSON.
    public var body: String

    /// An answer to be given again.
    public init(status: Int, body: String) {
        self.status = status
        self.body = body
    }
}
