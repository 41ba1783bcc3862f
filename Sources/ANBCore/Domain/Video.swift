/// A player's entry.
public struct Video: Hashable, Sendable {
    /// Where the entry is in its life: `queued → processing → processed | failed`, and with moderation
    /// `processing → pending_review → processed | rejected`.
    public enum Status: String, Hashable, Sendable, Codable, CaseIterable {
        /// Stored; waits for a worker.
        case queued
        /// A worker has it.
        case processing
        /// Published and open for voting.
        case processed
        /// Could not be made; the reason is in ``Video/failureReason``.
        case failed
        /// Made; a moderator decides whether it is published.
        case pendingReview = "pending_review"
        /// A moderator decided against it; the reason is in ``Video/failureReason``.
        case rejected

        /// Whether the processing is over.
        public var isMade: Bool { [.processed, .pendingReview, .rejected].contains(self) }
    }

    /// One published file.
    public struct Rendition: Hashable, Sendable, Codable {
        /// `720p`, `480p`.
        public var name: String
        /// Where its bytes are.
        public var key: ObjectKey
        /// Its size.
        public var byteCount: Int64

        /// A rendition that is stored.
        public init(name: String, key: ObjectKey, byteCount: Int64) {
            self.name = name
            self.key = key
            self.byteCount = byteCount
        }
    }

    /// What the worker published.
    public struct Publication: Hashable, Sendable, Codable {
        /// Largest first, never empty.
        public var renditions: [Rendition]
        /// A small JPEG.
        public var thumbnailKey: ObjectKey
        /// A JPEG of the largest rendition's size.
        public var posterKey: ObjectKey
        /// Seconds of the published video, bumpers included.
        public var durationSeconds: Double

        /// What one run made, all of it stored.
        public init(renditions: [Rendition], thumbnailKey: ObjectKey, posterKey: ObjectKey, durationSeconds: Double) {
            self.renditions = renditions
            self.thumbnailKey = thumbnailKey
            self.posterKey = posterKey
            self.durationSeconds = durationSeconds
        }

        /// Every object that this publication needs.
        public var keys: [ObjectKey] { renditions.map(\.key) + [thumbnailKey, posterKey] }
    }

    /// Also the id of the upload that it was.
    public let id: VideoID
    /// The player.
    public var ownerID: UserID
    /// 1…200 characters.
    public var title: String
    /// Where it is in its life.
    public var status: Status
    /// The bytes as uploaded.
    public var originalKey: ObjectKey
    /// Their size.
    public var originalByteCount: Int64
    /// Lowercase hex SHA-256 of the uploaded bytes.
    public var originalSHA256: String
    /// Seconds of the uploaded clip, as probed.
    public var originalSeconds: Double
    /// The job that processes it; clients know it as `task_id`.
    public var jobID: JobID
    /// Of the upload's request.
    public var correlationID: String
    /// When the upload was accepted.
    public var uploadedAt: Timestamp
    /// When its outputs were ready.
    public var processedAt: Timestamp?
    /// What the public gets; `nil` until the work is done.
    public var publication: Publication?
    /// For the player, when `failed` or `rejected`.
    public var failureReason: String?
    /// The same as a stable name; `nil` also for what failed before there were such names.
    public var failureCode: FailureCode?
    /// Live votes.
    public var votes: Int
    /// When the count became what it is; ties go to who was first.
    public var votesReachedAt: Timestamp
    /// Set when the owner deleted it; its objects are then being removed.
    public var deletedAt: Timestamp?

    /// A video as it is in the database.
    public init(
        id: VideoID, ownerID: UserID, title: String, status: Status = .queued, originalKey: ObjectKey,
        originalByteCount: Int64, originalSHA256: String, originalSeconds: Double, jobID: JobID, correlationID: String,
        uploadedAt: Timestamp, processedAt: Timestamp? = nil, publication: Publication? = nil,
        failureReason: String? = nil, failureCode: FailureCode? = nil, votes: Int = 0, votesReachedAt: Timestamp? = nil,
        deletedAt: Timestamp? = nil
    ) {
        self.id = id
        self.ownerID = ownerID
        self.title = title
        self.status = status
        self.originalKey = originalKey
        self.originalByteCount = originalByteCount
        self.originalSHA256 = originalSHA256
        self.originalSeconds = originalSeconds
        self.jobID = jobID
        self.correlationID = correlationID
        self.uploadedAt = uploadedAt
        self.processedAt = processedAt
        self.publication = publication
        self.failureReason = failureReason
        self.failureCode = failureCode
        self.votes = votes
        self.votesReachedAt = votesReachedAt ?? uploadedAt
        self.deletedAt = deletedAt
    }

    /// Whether the public sees it and may vote for it.
    public var isOpenForVoting: Bool { status == .processed && deletedAt == nil }

    /// Every object this row refers to.
    public var keys: [ObjectKey] { [originalKey] + (publication?.keys ?? []) }
}

/// An upload on its way into the store: written before the object, so that no object is ever without a row.
public struct PendingUpload: Hashable, Sendable {
    /// Where the note of an upload is in its life.
    public enum State: String, Hashable, Sendable {
        /// The object is being written.
        case storing
        /// The video row exists. Kept for a while to answer repeats of the same idempotency key.
        case committed
        /// Given up; its object is being removed.
        case abandoned
    }

    /// Becomes the video's id.
    public let id: VideoID
    /// Who uploads.
    public var ownerID: UserID
    /// Where the original goes.
    public var key: ObjectKey
    /// What the sweeper and a repeat decide by.
    public var state: State
    /// The client's `Idempotency-Key`, unique per owner.
    public var idempotencyKey: String?
    /// Hash over title and content: the same key with another fingerprint is a mistake of the client.
    public var fingerprint: String
    /// Of the job to be.
    public var jobID: JobID
    /// When a sweeper may act on it: give up while `storing`, forget when `committed`.
    public var expiresAt: Timestamp

    /// A note as it is in the database.
    public init(
        id: VideoID, ownerID: UserID, key: ObjectKey, state: State = .storing, idempotencyKey: String?,
        fingerprint: String, jobID: JobID, expiresAt: Timestamp
    ) {
        self.id = id
        self.ownerID = ownerID
        self.key = key
        self.state = state
        self.idempotencyKey = idempotencyKey
        self.fingerprint = fingerprint
        self.jobID = jobID
        self.expiresAt = expiresAt
    }
}
