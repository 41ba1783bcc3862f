import Logging

/// Makes a video of an upload that has all its bytes. Any replica may do it, again after any failure: the ids were
/// decided when the upload began, and one conditional statement decides which attempt counts.
struct UploadCompletion: Sendable {
    let database: any Database
    let objects: any ObjectStore
    let media: any MediaEngine
    let scratch: any ScratchSpace
    let relay: OutboxRelay
    let policy: UploadPolicy
    let mediaLimits: MediaLimits
    let limits: Limits
    let clock: any WallClock
    let logger: Logger

    /// - Parameter session: Leased by the caller.
    /// - Throws: `mediaRejected` when the file is none that the contest takes: the session is then `refused`, and nothing
    ///   is left of it. Otherwise the session stays as it was, and so does its lease; `rateLimited` when the owner's day is
    ///   full: another day it passes.
    func run(_ session: UploadSession, correlationID: String) async throws -> VideoUploads.Accepted {
        let (quota, now) = (limits.uploadQuota, clock.now)
        try await database.read { try quota.check(session.byteCount, of: session.ownerID, in: $0, now: now) }
        let file = try await scratch.makeFile()
        do {
            let video = try await store(session, file, correlationID: correlationID)
            await file.discard()
            try await commit(session, video)
        } catch let error as ANBError where error.code == .mediaRejected {
            await file.discard()
            try await refuse(session, error)
            throw error
        } catch {
            await file.discard()
            throw error
        }
        await removeParts(of: session.id)
        return VideoUploads.Accepted(videoID: session.id, jobID: session.jobID)
    }

    /// A local copy is hashed and probed, and becomes the original.
    private func store(
        _ session: UploadSession, _ file: any ScratchFile, correlationID: String
    ) async throws -> Video {
        for key in try session.partKeys() {
            for try await chunk in try await objects.read(key).chunks { try await file.append(chunk) }
        }
        let digest = try await file.close()
        guard digest.byteCount == session.byteCount else {
            throw ANBError(
                .corrupted, "Something went wrong on our side. Please try again later.",
                operatorMessage: "the parts of upload \(session.id) have \(digest.byteCount) of \(session.byteCount) bytes")
        }
        let info = try await media.probe(path: file.path, limits: mediaLimits)
        try policy.check(info)
        let key = try ObjectKey.original(of: session.id, container: info.container)
        try await objects.write(key, .movingFile(path: file.path))
        return Video(
            id: session.id, ownerID: session.ownerID, title: session.title, originalKey: key,
            originalByteCount: digest.byteCount, originalSHA256: digest.sha256, originalSeconds: info.durationSeconds,
            jobID: session.jobID, correlationID: correlationID, uploadedAt: clock.now)
    }

    private func commit(_ session: UploadSession, _ video: Video) async throws {
        try await withAcceptSpan(of: video) { try await insert(session, video) }
    }

    private func insert(_ session: UploadSession, _ video: Video) async throws {
        let job = Job(processing: video)
        let (quota, now) = (limits.uploadQuota, clock.now)
        let keepUntil = now + .seconds(limits.idempotencySeconds)
        let isOurs = try await database.withTransaction { transaction in
            let isOurs = try transaction.settleUploadSession(
                session.id, fence: session.fence, as: .completed, reason: nil, code: nil, keepUntil: keepUntil)
            guard isOurs else { return try transaction.uploadSession(session.id)?.state == .completed }
            try quota.count(video.originalByteCount, of: video.ownerID, in: transaction, now: now)
            try transaction.insertVideo(video)
            try transaction.insertJob(job)
            return true
        }
        // The original of a session that was ended meanwhile is an object without a row, which the sweeper removes; it
        // may also be the one that another attempt is about to commit.
        guard isOurs else { throw try await database.lostUpload(session.id) }
        await relay.ringNow([JobMessage(job, originalKey: video.originalKey)])
    }

    private func refuse(_ session: UploadSession, _ reason: ANBError) async throws {
        let keepUntil = clock.now + .seconds(limits.idempotencySeconds)
        let isOurs = try await database.withTransaction {
            try $0.settleUploadSession(
                session.id, fence: session.fence, as: .refused, reason: reason.userMessage, code: reason.failureCode,
                keepUntil: keepUntil)
        }
        guard isOurs else { throw try await database.lostUpload(session.id) }
        await removeParts(of: session.id)
    }

    /// What fails here the sweeper does: the session is not open any more.
    private func removeParts(of id: VideoID) async {
        do {
            try await objects.deleteAll(prefix: ObjectKey.partsPrefix(of: id))
        } catch {
            logger.warning("parts of an upload are left to the sweeper", metadata: ["upload_id": "\(id)", "error": "\(error)"])
        }
    }
}
