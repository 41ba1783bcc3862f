import Foundation

/// A player's own videos and their jobs.
public struct VideoLibrary: Sendable {
    /// A video with what its job is doing.
    public struct Detail: Sendable {
        /// The video.
        public var video: Video
        /// The processing job, while it is known.
        public var job: Job?
    }

    /// Where the processing of a video is.
    public struct TaskStatus: Sendable {
        /// `nil` when it ended so long ago that its job is forgotten.
        public var job: Job?
        /// The video that the job is about.
        public var video: Video
        /// 1 is next; `nil` when the job does not wait.
        public var positionInQueue: Int?
        /// `nil` when there is nothing to go by yet.
        public var secondsLeft: Double?

        /// The video's row has the last word: the job may be finished a moment later.
        public var isFinal: Bool { video.status.isMade || video.status == .failed }
    }

    /// Part of a list, and how long the whole is.
    public struct Listing<Element: Sendable>: Sendable {
        /// What is on the page.
        public var elements: [Element]
        /// What is on all pages.
        public var totalCount: Int
    }

    let database: any Database
    let objects: any ObjectStore
    let relay: OutboxRelay
    let limits: Limits
    let clock: any WallClock
    let ids: any IDGenerator
    /// Lists that are asked for while others are read share the next snapshot. Two: the answers to one are made while the
    /// other is read.
    private let reading: [Gathering<(owner: Identity, page: Page), Listing<Video>>]

    /// Lists of one snapshot.
    private static let listsPerReadMax = 50

    init(
        database: any Database, objects: any ObjectStore, relay: OutboxRelay, limits: Limits, clock: any WallClock,
        ids: any IDGenerator
    ) {
        self.database = database
        self.objects = objects
        self.relay = relay
        self.limits = limits
        self.clock = clock
        self.ids = ids
        reading = (0..<2).map { _ in Gathering(countMax: Self.listsPerReadMax) { await Self.lists($0, in: database) } }
    }

    /// The caller's videos, newest first.
    public func mine(_ owner: Identity, page: Page) async throws -> Listing<Video> {
        try page.check()
        return try await reading[Int(owner.userID.uuid.uuid.15) % reading.count]((owner, page))
    }

    /// Each with an outcome of its own.
    private static func lists(
        _ wanted: [(owner: Identity, page: Page)], in database: any Database
    ) async -> [Result<Listing<Video>, any Error>] {
        do {
            return try await database.read { scope in
                let lists = try scope.videos(ofActive: wanted.map { ($0.owner.userID, $0.page) })
                return try zip(wanted, lists).map { wanted, videos in
                    if videos.isEmpty, try scope.user(wanted.owner.userID)?.isActive != true {
                        return .failure(ANBError.inactiveAccount)
                    }
                    let isWhole = wanted.page.offset == 0 && videos.count < wanted.page.limit
                    let count = isWhole ? videos.count : try scope.countVideos(ownedBy: wanted.owner.userID)
                    return .success(Listing(elements: videos, totalCount: count))
                }
            }
        } catch let error as ANBError where error.code == .corrupted && wanted.count > 1 {
            // A row that cannot be read is its owner's trouble and nobody else's.
            var results: [Result<Listing<Video>, any Error>] = []
            for one in wanted { results += await lists([one], in: database) }
            return results
        } catch {
            return wanted.map { _ in .failure(error) }
        }
    }

    /// One of the caller's videos.
    /// - Throws: `notFound`; `forbidden` when it is someone else's.
    public func detail(_ id: VideoID, for owner: Identity) async throws -> Detail {
        try await database.read { scope in
            let video = try Self.owned(id, by: owner, in: scope)
            return Detail(video: video, job: try scope.job(video.jobID))
        }
    }

    /// The job that processes one of the caller's videos.
    /// - Throws: `notFound`; `forbidden` when it is someone else's.
    public func task(_ id: JobID, for owner: Identity) async throws -> TaskStatus {
        let now = clock.now
        return try await database.read { scope in
            guard let job = try scope.job(id), job.kind == .processVideo else {
                throw ANBError(.notFound, "There is no such task.")
            }
            return try Self.status(of: Self.owned(job.videoID, by: owner, in: scope), in: scope, now: now)
        }
    }

    /// The same, by video.
    /// - Throws: `notFound`; `forbidden` when it is someone else's.
    public func processing(of id: VideoID, for owner: Identity) async throws -> TaskStatus {
        let now = clock.now
        return try await database.read { scope in
            try Self.status(of: Self.owned(id, by: owner, in: scope), in: scope, now: now)
        }
    }

    /// The same for several, each with an outcome of its own.
    public func processing(of wanted: [(id: VideoID, owner: Identity)]) async -> [Result<TaskStatus, any Error>] {
        let now = clock.now
        do {
            return try await database.read { scope in
                try wanted.map { wanted in
                    do {
                        return .success(
                            try Self.status(of: Self.owned(wanted.id, by: wanted.owner, in: scope), in: scope, now: now))
                    } catch let error as ANBError where [.notFound, .forbidden, .unauthenticated].contains(error.code) {
                        return .failure(error)
                    }
                }
            }
        } catch {
            return wanted.map { _ in .failure(error) }
        }
    }

    private static func status(of video: Video, in scope: any ReadScope, now: Timestamp) throws -> TaskStatus {
        let job = try scope.job(video.jobID)
        return TaskStatus(
            job: job, video: video, positionInQueue: try scope.positionInQueue(video.jobID, now: now).map { $0 + 1 },
            secondsLeft: job?.secondsLeft(at: now))
    }

    /// Deletes one of the caller's videos. It is gone for everyone at once; a job removes its objects.
    /// - Throws: `notFound`; `forbidden` when it is someone else's; `conflict` when it is open for voting.
    public func delete(_ id: VideoID, for owner: Identity, correlationID: String) async throws {
        let now = clock.now
        let job = Job(
            id: ids.next(), kind: .deleteVideo, videoID: id, userID: owner.userID, correlationID: correlationID,
            createdAt: now)
        let event = ids.auditEvent(at: now, by: .user(owner.userID), .videoDeleted, .video(id))
        try await database.withTransaction { transaction in
            _ = try Self.owned(id, by: owner, in: transaction)
            guard try transaction.markDeleted(id, at: now) else {
                throw ANBError(.conflict, "The video is published and open for voting; it can no longer be deleted.")
            }
            try transaction.insertJob(job)
            try transaction.recordAudit(event)
        }
        await relay.ringNow([JobMessage(job)])
    }

    /// A URL under which an object can be read for a while.
    public func link(to key: ObjectKey) async throws -> String {
        try await objects.signedURL(for: key, expires: .seconds(limits.signedURLSeconds))
    }

    private static func owned(_ id: VideoID, by owner: Identity, in scope: any ReadScope) throws -> Video {
        try scope.activeUser(owner)
        guard let video = try scope.video(id), video.deletedAt == nil else {
            throw ANBError(.notFound, "There is no such video.")
        }
        guard video.ownerID == owner.userID else {
            throw ANBError(.forbidden, "This video belongs to someone else.")
        }
        return video
    }
}

extension Page {
    /// - Throws: ``ANBError/Code/invalidRequest`` naming the parameter that is out of range.
    func check() throws {
        guard (1...Limits.pageSizeMax).contains(limit) else {
            throw ANBError(.invalidRequest, "limit must be between 1 and \(Limits.pageSizeMax).")
        }
        guard offset >= 0 else { throw ANBError(.invalidRequest, "offset must be 0 or more.") }
    }
}
