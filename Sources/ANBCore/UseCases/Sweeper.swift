import Logging

/// Removes what no row needs: uploads that were never committed or that nobody went on with, objects without a row,
/// sessions and jobs that ended long ago. Uploads that have all their bytes become videos first. Every step may be repeated
/// and may run on several machines at once.
public struct Sweeper: Sendable {
    /// What one sweep removed.
    public struct Report: Hashable, Sendable, Codable {
        /// Uploads that were given up.
        public var uploads = 0
        /// Objects that no row refers to.
        public var objects = 0
        /// Objects from before the database that no row refers to; they stay.
        public var foreignObjects = 0
        /// Logins that had ended.
        public var sessions = 0
        /// Jobs that ended long ago.
        public var jobs = 0
        /// Requests with an `Idempotency-Key`.
        public var requests = 0
        /// Emptied accounts that nothing referred to any more.
        public var accounts = 0
        /// Given up and kept for long enough.
        public var webhooks = 0

        enum CodingKeys: String, CodingKey {
            case uploads = "uploads_removed"
            case objects = "objects_removed"
            case foreignObjects = "objects_left"
            case sessions = "sessions_removed"
            case jobs = "jobs_removed"
            case requests = "requests_removed"
            case accounts = "accounts_removed"
            case webhooks = "webhooks_removed"
        }
    }

    static let batchCountMax = 200

    let database: any Database
    let objects: any ObjectStore
    let resumableUploads: ResumableUploads
    let limits: Limits
    let clock: any WallClock
    let logger: Logger

    /// Everything once.
    public func sweep() async throws -> Report {
        var report = Report()
        _ = try await resumableUploads.completeLeftBehind(limit: Self.batchCountMax)
        report.uploads = try await sweepUploads() + sweepUploadSessions()
        for prefix in ["originals/", "processed/", "uploads/"] { try await sweepObjects(prefix: prefix, &report) }
        if report.foreignObjects > 0 {
            logger.warning(
                "objects that are older than the database stay, though no row refers to them: is it the database of this store?",
                metadata: ["objects": "\(report.foreignObjects)"])
        }
        let now = clock.now
        let finishedBefore = now - .seconds(limits.finishedJobSeconds)
        (report.sessions, report.jobs, report.requests) = try await database.withTransaction { transaction in
            (
                try transaction.deleteSessions(expiredBefore: now), try transaction.deleteJobs(finishedBefore: finishedBefore),
                try transaction.deleteKeptRequests(expiredBefore: now)
            )
        }
        let yesterday = UploadQuota.day(of: now) - 1
        try await database.withTransaction { try $0.deleteUploadUsage(before: yesterday) }
        report.webhooks = try await database.withTransaction { try $0.deleteWebhookEvents(queuedBefore: finishedBefore) }
        report.accounts = try await database.withTransaction { try $0.removeErasedUsers() }
        return report
    }

    // MARK: - Uploads

    private func sweepUploads() async throws -> Int {
        var removed = 0
        while true {
            let now = clock.now
            let expired = try await database.read { try $0.uploads(expiredBefore: now, limit: Self.batchCountMax) }
            for upload in expired where try await remove(upload) { removed += 1 }
            if expired.count < Self.batchCountMax { return removed }
        }
    }

    /// Takes the upload away from whoever might still commit it before touching its object.
    private func remove(_ upload: PendingUpload) async throws -> Bool {
        if upload.state == .storing {
            let now = clock.now
            let ours = try await database.withTransaction {
                try $0.moveUpload(upload.id, from: .storing, to: .abandoned, expiresAt: now)
            }
            guard ours else { return false }
        }
        if upload.state != .committed { try await objects.delete(upload.key) }
        try await database.withTransaction { try $0.removeUpload(upload.id) }
        return true
    }

    private func sweepUploadSessions() async throws -> Int {
        var removed = 0
        while true {
            let now = clock.now
            let due = try await database.read { try $0.uploadSessions(expiredBefore: now, limit: Self.batchCountMax) }
            for session in due where try await remove(session) { removed += 1 }
            if due.count < Self.batchCountMax { return removed }
        }
    }

    /// An open session expires first and is kept for a while, so that its client learns what became of it. The parts go at
    /// once; those that a crash leaves here are objects that no open session needs.
    private func remove(_ session: UploadSession) async throws -> Bool {
        guard session.state == .open else {
            try await database.withTransaction { try $0.removeUploadSession(session.id) }
            return true
        }
        let now = clock.now
        let keepUntil = now + .seconds(limits.idempotencySeconds)
        let ours = try await database.withTransaction {
            try $0.endUploadSession(session.id, as: .expired, keepUntil: keepUntil, expiredBefore: now)
        }
        if ours { try await objects.deleteAll(prefix: ObjectKey.partsPrefix(of: session.id)) }
        return false
    }

    // MARK: - Objects

    /// Objects younger than the grace period are left alone: their row may be on its way. So are those from before the
    /// database, of which it never heard: a new database, or a wrong one, must not decide about somebody's contest.
    private func sweepObjects(prefix: String, _ report: inout Report) async throws {
        let youngest = clock.now - .seconds(limits.orphanGraceSeconds)
        try await objects.forEachPage(prefix: prefix, limit: Self.batchCountMax) { page in
            let (removable, foreignCount) = try await unreferenced(page.filter { $0.modifiedAt < youngest })
            report.foreignObjects += foreignCount
            for key in removable {
                try await objects.delete(key)
                logger.info("removed an object that no row refers to", metadata: ["key": "\(key)"])
                report.objects += 1
            }
        }
    }

    private func unreferenced(_ objects: [ObjectInfo]) async throws -> (removable: [ObjectKey], foreignCount: Int) {
        if objects.isEmpty { return ([], 0) }
        return try await database.read { scope in
            let madeAt = try scope.madeAt() ?? Timestamp(milliseconds: .min)
            let unneeded = try objects.filter { try !Self.isNeeded($0.key, in: scope) }
            let removable = try unneeded.filter { try $0.modifiedAt >= madeAt || Self.isKnown($0.key, in: scope) }
            return (removable.map(\.key), unneeded.count - removable.count)
        }
    }

    private static func isKnown(_ key: ObjectKey, in scope: any ReadScope) throws -> Bool {
        guard let id = key.videoID else { return false }
        return try scope.video(id) != nil || scope.upload(id) != nil || scope.uploadSession(id) != nil
    }

    private static func isNeeded(_ key: ObjectKey, in scope: any ReadScope) throws -> Bool {
        // A key that is not of our layout is not ours to remove.
        guard let id = key.videoID else { return true }
        if let upload = try scope.upload(id), upload.state != .committed { return true }
        // Its parts, and the original that it is about to become.
        if try scope.uploadSession(id)?.state == .open { return true }
        // What was deleted is needed by nobody, also when the job that removes it gave up.
        guard let video = try scope.video(id), video.deletedAt == nil else { return false }
        if video.keys.contains(key) { return true }
        // Outputs of a run in progress.
        guard let job = try scope.job(video.jobID), job.state == .running else { return false }
        return key.description.hasPrefix("\(ObjectKey.publicationsPrefix(of: id))\(job.fence)-")
    }

    /// Sweeps until the task is cancelled.
    public func run(every interval: Duration = .seconds(300)) async throws {
        while !Task.isCancelled {
            do {
                let report = try await sweep()
                if report != Report() { logger.info("swept", metadata: ["removed": "\(report)"]) }
            } catch {
                logger.warning("the sweep failed; the next one tries again", metadata: ["error": "\(error)"])
            }
            try await clock.sleep(for: interval)
        }
    }
}
