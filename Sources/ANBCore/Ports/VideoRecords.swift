/// What may be read of videos.
public protocol VideoReads {
    /// A video, deleted ones included.
    func video(_ id: VideoID) throws -> Video?
    /// A player's videos that are not deleted, newest first (upload time, then id, both descending).
    func videos(ownedBy owner: UserID, page: Page) throws -> [Video]
    /// How many videos ``videos(ownedBy:page:)`` has on all pages.
    func countVideos(ownedBy owner: UserID) throws -> Int
    /// For each, what ``videos(ownedBy:page:)`` answers; nothing when the account is gone or disabled.
    func videos(ofActive lists: [(owner: UserID, page: Page)]) throws -> [[Video]]
    /// Every video that is not deleted, by id.
    /// - Parameters:
    ///   - id: The last one of the page before.
    ///   - limit: 1…100.
    func videos(after id: VideoID?, limit: Int) throws -> [Video]
    /// Videos that are open for voting, in the query's order.
    func publicVideos(_ query: PublicVideoQuery) throws -> [PublicVideo]
    /// One video, when it is open for voting.
    func publicVideo(_ id: VideoID) throws -> PublicVideo?
    /// How many published videos there are, of one city or of all.
    func countPublicVideos(cityKey: String?) throws -> Int
    /// One line per player who has a published video. Most votes first; ties go to who reached the total first, then
    /// the smaller user id. Positions count from 1 within the (filtered) list.
    func ranking(cityKey: String?, page: Page) throws -> [RankingEntry]
    /// Videos that wait for a moderator, the longest waiting first (`processedAt`, then id).
    func videosToReview(page: Page) throws -> [PublicVideo]
    /// How many wait for a moderator.
    func countVideosToReview() throws -> Int
    /// Cities of players who have a published video, by key. Of several spellings the most frequent one is shown.
    func cities() throws -> [CityCount]
}

extension VideoReads where Self: UserReads {
    /// One after the other, for a backend without a better way.
    public func videos(ofActive lists: [(owner: UserID, page: Page)]) throws -> [[Video]] {
        try lists.map { try user($0.owner)?.isActive == true ? videos(ownedBy: $0.owner, page: $0.page) : [] }
    }
}

/// What may be changed of videos.
public protocol VideoWrites {
    /// Adds a video of an account that exists.
    func insertVideo(_ video: Video) throws
    /// `queued → processing`; answers false when the video is gone, deleted or further on.
    func markProcessing(_ id: VideoID) throws -> Bool
    /// `queued | processing → processed`; answers false when the video is gone, deleted or further on.
    func publish(_ id: VideoID, _ publication: Video.Publication, at now: Timestamp) throws -> Bool
    /// `queued | processing → pending_review`; answers false when the video is gone, deleted or further on.
    func submitForReview(_ id: VideoID, _ publication: Video.Publication, at now: Timestamp) throws -> Bool
    /// `pending_review → processed`; answers false when the video is gone, deleted or elsewhere.
    func approve(_ id: VideoID, at now: Timestamp) throws -> Bool
    /// `pending_review → rejected`, with the code `rejected`; answers false when the video is gone, deleted or elsewhere.
    /// - Parameters:
    ///   - id: The video.
    ///   - reason: For the player.
    ///   - now: The time of the call.
    func reject(_ id: VideoID, reason: String, at now: Timestamp) throws -> Bool
    /// `queued | processing → failed`; answers false when the video is gone, deleted or further on.
    /// - Parameters:
    ///   - id: The video.
    ///   - code: The reason as a stable name.
    ///   - reason: For the player.
    ///   - now: The time of the call.
    func fail(_ id: VideoID, code: FailureCode, reason: String, at now: Timestamp) throws -> Bool
    /// `failed → queued`, when its job gets another chance; answers false when the video is gone, deleted or elsewhere.
    func requeue(_ id: VideoID) throws -> Bool
    /// Sets the tombstone unless it is set or the video is open for voting; answers whether this call did.
    func markDeleted(_ id: VideoID, at now: Timestamp) throws -> Bool
    /// Sets the tombstone unless it is set, on a published video too, which then is off the board; answers whether this call
    /// did.
    func withdrawVideo(_ id: VideoID, at now: Timestamp) throws -> Bool
    /// Removes the row and its votes.
    func removeVideo(_ id: VideoID) throws
}

/// What may be read of the notes of uploads.
public protocol UploadReads {
    /// The note; `nil` when there is none of this id.
    func upload(_ id: VideoID) throws -> PendingUpload?
    /// The note of a person's request with this `Idempotency-Key`.
    func upload(ownedBy owner: UserID, idempotencyKey: String) throws -> PendingUpload?
    /// Uploads in any state whose time has come, oldest first.
    func uploads(expiredBefore limit: Timestamp, limit count: Int) throws -> [PendingUpload]
    /// What a person uploaded on a day (``UploadQuota/day(of:)``).
    func uploadUsage(of owner: UserID, day: Int64) throws -> UploadUsage
}

/// What may be changed of the notes of uploads.
public protocol UploadWrites {
    /// - Throws: ``ANBError/Code/conflict`` when the owner used the idempotency key before.
    func insertUpload(_ upload: PendingUpload) throws
    /// Moves the upload from one state to another; answers false when it is not in `from`.
    func moveUpload(
        _ id: VideoID, from: PendingUpload.State, to: PendingUpload.State, expiresAt: Timestamp
    ) throws -> Bool
    /// Removes the note, whatever its state.
    func removeUpload(_ id: VideoID) throws
    /// Takes every upload of a person, in one piece or in parts, away from whoever might still commit it, and lets the sweeper
    /// remove its objects and its row.
    func giveUpUploads(of owner: UserID, at now: Timestamp) throws
    /// Adds an upload to its day when the quota has room for it; answers whether it had.
    func countUpload(of owner: UserID, day: Int64, byteCount: Int64, quota: UploadQuota) throws -> Bool
    /// Removes what was counted on earlier days.
    func deleteUploadUsage(before day: Int64) throws
}
