import Crypto
import Foundation
import Logging
public import NIOCore

/// Takes a player's file in. An accepted upload is durable: the object, the video row and the job row exist before
/// the caller gets an answer, whatever dies afterwards.
///
/// The order matters: check the file locally; note the upload; write the object; turn the note into a video and a
/// job in one transaction; ring the bell. A crash between any two steps leaves either nothing visible, with a note by
/// which the sweeper finds the object, or a complete upload whose job the relay rings.
public struct VideoUploads: Sendable {
    /// What comes with the bytes.
    public struct Details: Sendable {
        /// The client's key for repeats, 1…255 visible ASCII characters.
        public var idempotencyKey: String?
        /// Of the request.
        public var correlationID: String

        /// What is known of the request.
        public init(idempotencyKey: String? = nil, correlationID: String) {
            self.idempotencyKey = idempotencyKey
            self.correlationID = correlationID
        }
    }

    /// What the client is told.
    public struct Accepted: Hashable, Sendable {
        /// The video, which is `queued`.
        public var videoID: VideoID
        /// The job that makes it.
        public var jobID: JobID
    }

    let database: any Database
    let objects: any ObjectStore
    let media: any MediaEngine
    let scratch: any ScratchSpace
    let relay: OutboxRelay
    let policy: UploadPolicy
    let mediaLimits: MediaLimits
    let limits: Limits
    let clock: any WallClock
    let ids: any IDGenerator
    let logger: Logger
    let gate: ConcurrencyGate

    init(
        database: any Database, objects: any ObjectStore, media: any MediaEngine, scratch: any ScratchSpace,
        relay: OutboxRelay, policy: UploadPolicy, mediaLimits: MediaLimits, limits: Limits, gate: ConcurrencyGate,
        clock: any WallClock, ids: any IDGenerator, logger: Logger
    ) {
        self.database = database
        self.objects = objects
        self.media = media
        self.scratch = scratch
        self.relay = relay
        self.policy = policy
        self.mediaLimits = mediaLimits
        self.limits = limits
        self.clock = clock
        self.ids = ids
        self.logger = logger
        self.gate = gate
    }

    /// Receives, checks, stores and queues one video.
    /// - Parameters:
    ///   - owner: Who uploads.
    ///   - declaredByteCount: Bytes of the whole request as declared, if any; refused before reading when too large.
    ///   - details: What comes with the bytes.
    ///   - receive: Streams the file into the sink and answers the title. Called once.
    /// - Throws: `tooLarge`, `invalidRequest` (title), `mediaRejected`, `inProgress` and `idempotencyMismatch` (a
    ///   repeat of the same key), `overloaded`, `unavailable`. Nothing is stored then.
    public func accept(
        from owner: Identity, declaredByteCount: Int64? = nil, details: Details,
        receive: (UploadSink) async throws -> String
    ) async throws -> Accepted {
        try details.idempotencyKey.map(Repeats.check)
        if let declaredByteCount, declaredByteCount > limits.uploadBytesMax + Self.formOverheadBytesMax {
            throw UploadSink.tooLarge(limits.uploadBytesMax)
        }
        try await checkQuota(owner, declaredByteCount: declaredByteCount, idempotencyKey: details.idempotencyKey)
        return try await gate.withSlot(for: owner.userID) {
            let file = try await scratch.makeFile()
            do {
                let accepted = try await accept(file, from: owner, details: details, receive: receive)
                await file.discard()
                return accepted
            } catch {
                await file.discard()
                throw error
            }
        }
    }

    /// Before the body is read. A repeat of what was accepted is no new upload.
    private func checkQuota(_ owner: Identity, declaredByteCount: Int64?, idempotencyKey: String?) async throws {
        let (quota, now) = (limits.uploadQuota, clock.now)
        let byteCount = max(0, (declaredByteCount ?? 0) - Self.formOverheadBytesMax)
        try await database.read { scope in
            try scope.activeUser(owner)
            if let idempotencyKey, try scope.upload(ownedBy: owner.userID, idempotencyKey: idempotencyKey) != nil { return }
            try quota.check(byteCount, of: owner.userID, in: scope, now: now)
        }
    }

    /// Bytes that a form may need around its file: boundaries, headers and the title.
    public static let formOverheadBytesMax: Int64 = 64 << 10

    private func accept(
        _ file: any ScratchFile, from owner: Identity, details: Details, receive: (UploadSink) async throws -> String
    ) async throws -> Accepted {
        let title = try VideoTitle.checked(await receive(UploadSink(file: file, byteCountMax: limits.uploadBytesMax)))
        let digest = try await file.close()
        guard digest.byteCount > 0 else {
            throw ANBError(.mediaRejected, "The file is empty; choose a video file.", failureCode: .fileEmpty)
        }
        let info = try await media.probe(path: file.path, limits: mediaLimits)
        try policy.check(info)

        let id: VideoID = ids.next()
        let wanted = PendingUpload(
            id: id, ownerID: owner.userID, key: try .original(of: id, container: info.container),
            idempotencyKey: details.idempotencyKey, fingerprint: Self.fingerprint(title: title, digest: digest),
            jobID: .first(of: id), expiresAt: clock.now + storingTime)
        let upload: PendingUpload
        switch try await note(wanted, byteCount: digest.byteCount) {
        case .answered(let earlier): return earlier
        case .ours(let noted): upload = noted
        }
        let video = Video(
            id: upload.id, ownerID: owner.userID, title: title, originalKey: upload.key,
            originalByteCount: digest.byteCount, originalSHA256: digest.sha256, originalSeconds: info.durationSeconds,
            jobID: upload.jobID, correlationID: details.correlationID, uploadedAt: clock.now)
        try await withAcceptSpan(of: video) {
            try await store(upload, file: file)
            try await commit(upload, video)
        }
        return Accepted(videoID: upload.id, jobID: upload.jobID)
    }

    /// What became of a note.
    private enum Note: Sendable {
        /// This upload is the caller's to store and commit.
        case ours(PendingUpload)
        /// The request is a repeat, and this was the answer.
        case answered(Accepted)
    }

    /// Writes the note that makes the coming object findable.
    private func note(_ upload: PendingUpload, byteCount: Int64) async throws -> Note {
        let (quota, now) = (limits.uploadQuota, clock.now)
        return try await database.withTransaction { transaction in
            guard let earlier = try Self.earlier(upload, in: transaction) else {
                // The account may have been closed while its bytes came.
                guard try transaction.user(upload.ownerID)?.isActive == true else {
                    throw ANBError(.unauthenticated, "This account is no longer active.")
                }
                try quota.check(byteCount, of: upload.ownerID, in: transaction, now: now)
                try transaction.insertUpload(upload)
                return .ours(upload)
            }
            guard earlier.fingerprint == upload.fingerprint else {
                throw ANBError(
                    .idempotencyMismatch, "This Idempotency-Key was used with another video or title. Use a new key.")
            }
            if earlier.state == .committed { return .answered(Accepted(videoID: earlier.id, jobID: earlier.jobID)) }
            guard earlier.state == .storing, earlier.expiresAt <= now + (storingTime - Self.takeOverAfter) else {
                throw ANBError(
                    .inProgress, "The same upload is being stored right now. Please try again in a few seconds.",
                    recovery: .retryLater(after: .seconds(2)))
            }
            // Whoever stored it was probably killed. The bytes are the same, so both may write them; one commits.
            return .ours(earlier)
        }
    }

    /// How long a repeat waits for the request that came first, before it does the work itself.
    static let takeOverAfter: Duration = .seconds(15)

    private var storingTime: Duration { .seconds(limits.uploadStoringSecondsMax) }

    /// The note of an earlier request with the same key; one whose video was deleted since is forgotten.
    private static func earlier(_ upload: PendingUpload, in transaction: any TransactionScope) throws -> PendingUpload? {
        guard let key = upload.idempotencyKey,
            let earlier = try transaction.upload(ownedBy: upload.ownerID, idempotencyKey: key)
        else { return nil }
        guard earlier.state == .committed else { return earlier }
        if let video = try transaction.video(earlier.id), video.deletedAt == nil { return earlier }
        try transaction.removeUpload(earlier.id)
        return nil
    }

    private func store(_ upload: PendingUpload, file: any ScratchFile) async throws {
        do {
            try await objects.write(upload.key, .movingFile(path: file.path))
        } catch {
            await giveUp(upload)
            throw error
        }
    }

    /// After a failed write the note is removed at once, so that the client's retry is not taken for a repeat. What
    /// fails here the sweeper does later.
    private func giveUp(_ upload: PendingUpload) async {
        do {
            let expiry = clock.now
            let ours = try await database.withTransaction {
                try $0.moveUpload(upload.id, from: .storing, to: .abandoned, expiresAt: expiry)
            }
            guard ours else { return }
            try await objects.delete(upload.key)
            try await database.withTransaction { try $0.removeUpload(upload.id) }
        } catch {
            logger.warning(
                "an abandoned upload is left to the sweeper", metadata: ["video_id": "\(upload.id)", "error": "\(error)"])
        }
    }

    /// If this throws, the commit may still have happened; nothing is undone here, because the sweeper will find the
    /// note in the state that is true.
    private func commit(_ upload: PendingUpload, _ video: Video) async throws {
        let job = Job(processing: video)
        let (quota, now) = (limits.uploadQuota, clock.now)
        let rememberUntil = now + .seconds(limits.idempotencySeconds)
        do {
            try await database.withTransaction { transaction in
                guard try transaction.moveUpload(upload.id, from: .storing, to: .committed, expiresAt: rememberUntil) else {
                    if try transaction.upload(upload.id)?.state == .committed { return }
                    throw ANBError.unavailable("upload \(upload.id) was swept before it was committed")
                }
                try quota.count(video.originalByteCount, of: video.ownerID, in: transaction, now: now)
                try transaction.insertVideo(video)
                try transaction.insertJob(job)
            }
        } catch let error as ANBError where [.rateLimited, .tooLarge].contains(error.code) {
            // Others of the same person were faster; this one is certainly not committed.
            await giveUp(upload)
            throw error
        }
        await relay.ringNow([JobMessage(job, originalKey: video.originalKey)])
    }

    private static func fingerprint(title: String, digest: FileDigest) -> String {
        SHA256.hash(data: Data("\(digest.sha256) \(title)".utf8)).lowercaseHex
    }
}

/// Takes the bytes of one upload and stops them at the limit.
public final class UploadSink: Sendable {
    private let file: any ScratchFile
    private let byteCountMax: Int64
    private let received = ByteCounter()

    init(file: any ScratchFile, byteCountMax: Int64) {
        self.file = file
        self.byteCountMax = byteCountMax
    }

    /// Adds bytes; returns when they are written, which is the back-pressure.
    /// - Throws: ``ANBError/Code/tooLarge`` when the file passes the limit.
    public func append(_ bytes: ByteBuffer) async throws {
        guard received.add(Int64(bytes.readableBytes)) <= byteCountMax else { throw Self.tooLarge(byteCountMax) }
        try await file.append(bytes)
    }

    static func tooLarge(_ byteCountMax: Int64) -> ANBError {
        ANBError(.tooLarge, "The video is too large; at most \(byteCountMax >> 20) MB are allowed.")
    }
}
