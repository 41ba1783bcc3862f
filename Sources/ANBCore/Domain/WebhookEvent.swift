/// What became of a video, for whoever embeds the contest: kept from the transaction in which it happened until the
/// receiver has said that it heard.
public struct WebhookEvent: Hashable, Sendable {
    /// Names on the wire.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// The video is published.
        case processed = "video.processed"
        /// The video could not be made, or was refused.
        case failed = "video.failed"
        /// A moderator decided against it.
        case rejected = "video.rejected"

        var status: Video.Status {
            switch self {
            case .processed: .processed
            case .failed: .failed
            case .rejected: .rejected
            }
        }
    }

    /// The same at every try, so that the receiver can drop repeats.
    public let id: WebhookEventID
    /// What became of the video.
    public var kind: Kind
    /// Which video.
    public var videoID: VideoID
    /// Its player.
    public var userID: UserID
    /// Why it failed or was rejected.
    public var failureCode: FailureCode?
    /// When it happened.
    public var at: Timestamp
    /// Tries that began since ``queuedAt``.
    public var attempts: Int
    /// When it happened, or when an operator had it sent again.
    public var queuedAt: Timestamp
    /// When the next try may begin; `nil` when it was given up.
    public var dueAt: Timestamp?
    /// Why the last try failed; for operators.
    public var problem: String?

    /// An event as it is in the database; a new one has no tries.
    public init(
        id: WebhookEventID, kind: Kind, videoID: VideoID, userID: UserID, failureCode: FailureCode? = nil, at: Timestamp,
        attempts: Int = 0, queuedAt: Timestamp? = nil, dueAt: Timestamp?, problem: String? = nil
    ) {
        self.id = id
        self.kind = kind
        self.videoID = videoID
        self.userID = userID
        self.failureCode = failureCode
        self.at = at
        self.attempts = attempts
        self.queuedAt = queuedAt ?? at
        self.dueAt = dueAt
        self.problem = problem
    }
}

/// One event, the same at every try.
public typealias WebhookEventID = Identifier<WebhookEvent>
