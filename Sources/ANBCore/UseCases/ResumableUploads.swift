import Logging

/// Uploads that survive their connections and their servers. Each request, on whatever replica, adds bytes where the one
/// before stopped; with the last byte the upload becomes a video.
public struct ResumableUploads: Sendable {
    /// What is announced before the first byte.
    public struct Announcement: Sendable {
        /// Of the video to be; 1…200 characters.
        public var title: String
        /// Of the file.
        public var byteCount: Int64
        /// As the client sent it, to be told again.
        public var metadata: String?

        /// What a client announces; ``ResumableUploads/begin(_:for:)`` judges it.
        public init(title: String, byteCount: Int64, metadata: String? = nil) {
            self.title = title
            self.byteCount = byteCount
            self.metadata = metadata
        }
    }

    /// The bytes of one request.
    public struct Addition: Sendable {
        /// Where they go; must be where the upload is.
        public var offset: Int64
        /// How many, when the client says so.
        public var byteCount: Int64?
        /// What the bytes must hash to, if the client said so.
        public var checksum: UploadChecksum?
        /// Of the request.
        public var correlationID: String

        /// Bytes that are about to come.
        public init(offset: Int64, byteCount: Int64?, checksum: UploadChecksum? = nil, correlationID: String) {
            self.offset = offset
            self.byteCount = byteCount
            self.checksum = checksum
            self.correlationID = correlationID
        }
    }

    /// How far an upload is.
    public struct Standing: Hashable, Sendable {
        /// The upload as it is in the database.
        public var session: UploadSession
        /// Once it became a video.
        public var accepted: VideoUploads.Accepted? {
            session.state == .completed ? .init(videoID: session.id, jobID: session.jobID) : nil
        }
        /// Bytes that are durable and need not be sent again.
        public var offset: Int64 { accepted == nil ? session.offset : session.byteCount }
    }

    let database: any Database
    let objects: any ObjectStore
    let scratch: any ScratchSpace
    let completion: UploadCompletion
    let leases: UploadLeases
    let limits: Limits
    let gate: ConcurrencyGate
    let clock: any WallClock
    let ids: any IDGenerator
    let logger: Logger

    // MARK: - Beginning

    /// Begins an upload whose bytes come through ``add(_:to:for:receive:)``.
    /// - Throws: `invalidRequest` (title, size), `tooLarge`, `rateLimited` when the owner has too many unfinished uploads
    ///   or uploaded as much as a day allows.
    public func begin(_ announcement: Announcement, for owner: Identity) async throws -> Standing {
        try await begin(announcement, for: owner, directPartBytes: nil)
    }

    func checkSize(_ byteCount: Int64) throws {
        guard byteCount > 0 else {
            throw ANBError(.mediaRejected, "The file is empty; announce the size of a video file.", failureCode: .fileEmpty)
        }
        guard byteCount <= limits.uploadBytesMax else { throw UploadSink.tooLarge(limits.uploadBytesMax) }
    }

    func begin(_ announcement: Announcement, for owner: Identity, directPartBytes: Int64?) async throws -> Standing {
        let title = try VideoTitle.checked(announcement.title)
        try checkSize(announcement.byteCount)
        let (now, id): (Timestamp, VideoID) = (clock.now, ids.next())
        let session = UploadSession(
            id: id, ownerID: owner.userID, title: title, metadata: announcement.metadata,
            byteCount: announcement.byteCount, directPartBytes: directPartBytes, jobID: .first(of: id), createdAt: now,
            expiresAt: now + .seconds(limits.uploadSessionSeconds))
        let (most, quota) = (limits.openUploadSessionsPerUserMax, limits.uploadQuota)
        try await database.withTransaction { transaction in
            // Reading the account's row keeps two beginnings of one person apart, so that the count holds.
            try transaction.activeUser(owner)
            guard try transaction.countOpenUploadSessions(ownedBy: owner.userID) < most else {
                throw ANBError(
                    .rateLimited, "You have \(most) unfinished uploads. Finish or cancel one of them first.",
                    recovery: .retryLater(after: .seconds(60)))
            }
            try quota.check(session.byteCount, of: owner.userID, in: transaction, now: now)
            try transaction.insertUploadSession(session)
        }
        return Standing(session: session)
    }

    // MARK: - Looking

    /// - Throws: `notFound` when there is none or it is someone else's, `gone` when it was given up, refused or has expired.
    public func standing(of id: VideoID, for owner: Identity) async throws -> Standing {
        let session = try await session(id, for: owner)
        switch session.state {
        case .open, .completed: return Standing(session: session)
        case .refused: throw session.refusal(.gone)
        case .terminated, .expired: throw ANBError.uploadGone
        }
    }

    private func session(_ id: VideoID, for owner: Identity) async throws -> UploadSession {
        let now = clock.now
        return try await database.read { scope in
            try scope.activeUser(owner)
            guard var session = try scope.uploadSession(id), session.ownerID == owner.userID else {
                throw ANBError(.notFound, "There is no such upload.")
            }
            if session.state == .open, session.expiresAt <= now { session.state = .expired }
            if session.state == .completed, try scope.video(id).map({ $0.deletedAt != nil }) ?? true {
                session.state = .terminated
            }
            return session
        }
    }

    // MARK: - Adding

    /// Adds bytes, and makes the upload a video when they were the last ones. What arrives before a connection breaks is
    /// kept.
    /// - Parameters:
    ///   - addition: Where the bytes belong, and how many come.
    ///   - id: Which one.
    ///   - owner: Who asks.
    ///   - receive: Streams the bytes into the writer. Called at most once.
    /// - Throws: As ``standing(of:for:)``; `offsetMismatch`; `tooLarge`; `inProgress` with a time when another request is
    ///   adding; `checksumMismatch`; `overloaded`, `unavailable`; with the last byte as ``complete(_:for:correlationID:)``.
    public func add(
        _ addition: Addition, to id: VideoID, for owner: Identity,
        receive: @escaping @Sendable (UploadWriter) async throws -> Void
    ) async throws -> Standing {
        let before = try await standing(of: id, for: owner)
        try Self.check(addition, fits: before)
        // The last byte again, after its answer was lost.
        if before.accepted != nil { return before }
        do {
            return try await added(addition, to: id, for: owner, receive)
        } catch let error as ANBError where error.code == .gone {
            // Another request, or the sweeper, may have made the video since the look.
            let now = try await standing(of: id, for: owner)
            guard now.accepted != nil else { throw error }
            try Self.check(addition, fits: now)
            return now
        }
    }

    private func added(
        _ addition: Addition, to id: VideoID, for owner: Identity,
        _ receive: @escaping @Sendable (UploadWriter) async throws -> Void
    ) async throws -> Standing {
        try await gate.withSlot(for: owner.userID) {
            let session = try await leases.take(id, owner: addition.correlationID)
            do {
                // Somebody may have been faster between the look and the lease.
                try Self.check(addition, fits: Standing(session: session))
            } catch {
                await leases.release(session)
                throw error
            }
            let added = try await write(addition, to: session, receive)
            guard added.offset == added.byteCount else { return Standing(session: added) }
            return try await completed(added, correlationID: addition.correlationID)
        }
    }

    private static func check(_ addition: Addition, fits standing: Standing) throws {
        guard standing.session.directPartBytes == nil else {
            throw ANBError(.conflict, "The bytes of this upload go to the store; use the URLs that came with it.")
        }
        guard addition.offset == standing.offset else {
            throw ANBError(.offsetMismatch, "The upload is at byte \(standing.offset). Send the bytes from there on.")
        }
        guard addition.byteCount ?? 0 <= standing.session.byteCount - addition.offset else {
            throw UploadWriter.tooLong(standing.session)
        }
    }

    private func write(
        _ addition: Addition, to session: UploadSession, _ receive: @escaping @Sendable (UploadWriter) async throws -> Void
    ) async throws -> UploadSession {
        let writer = UploadWriter(
            session, checksum: addition.checksum, database: database, objects: objects, scratch: scratch, limits: limits,
            clock: clock, logger: logger)
        do {
            try await leases.keeping(session, letsGo: true) { try await receive(writer) }
            return try await unstoppable { try await writer.finish() }
        } catch {
            await unstoppable { await writer.breakOff() }
            throw error
        }
    }

    // MARK: - Completing

    /// Makes a video of an upload that has all its bytes; again and again the same answer.
    /// - Throws: As ``standing(of:for:)`` but for refused uploads; `conflict` when bytes are missing; `mediaRejected` with the
    ///   reason when the file is none that the contest takes; `inProgress`, `overloaded`, `unavailable`.
    public func complete(_ id: VideoID, for owner: Identity, correlationID: String) async throws -> VideoUploads.Accepted {
        let before = try await judged(id, for: owner)
        if let accepted = before.accepted { return accepted }
        guard before.session.directPartBytes != nil || before.offset == before.session.byteCount else {
            throw ANBError(
                .conflict, "The upload has \(before.offset) of \(before.session.byteCount) bytes. Send the others first.")
        }
        do {
            return try await completed(id, for: owner, correlationID: correlationID)
        } catch let error as ANBError where error.code == .gone {
            // Another request, or the sweeper, may have been faster since the look.
            guard let accepted = try await judged(id, for: owner).accepted else { throw error }
            return accepted
        }
    }

    /// As ``standing(of:for:)``, but a refusal comes with its reason.
    private func judged(_ id: VideoID, for owner: Identity) async throws -> Standing {
        let found = try await session(id, for: owner)
        if found.state == .refused { throw found.refusal(.mediaRejected) }
        return try await standing(of: id, for: owner)
    }

    private func completed(
        _ id: VideoID, for owner: Identity, correlationID: String
    ) async throws -> VideoUploads.Accepted {
        try await gate.withSlot(for: owner.userID) {
            var session = try await leases.take(id, owner: correlationID)
            if session.directPartBytes != nil { session.parts = session.directParts }
            let standing = try await completed(session, correlationID: correlationID)
            guard let accepted = standing.accepted else { throw ANBError.internal("upload \(id) was not completed") }
            return accepted
        }
    }

    /// - Parameter session: Leased, with all its bytes.
    private func completed(_ session: UploadSession, correlationID: String) async throws -> Standing {
        do {
            try await leases.keeping(session, letsGo: false) {
                try await checkDirectParts(session)
                _ = try await completion.run(session, correlationID: correlationID)
            }
        } catch {
            await leases.release(session)
            throw error
        }
        var session = session
        session.state = .completed
        return Standing(session: session)
    }

    /// Completes uploads whose server died, or could not, after their last byte; called by the sweeper.
    /// - Returns: How many became videos or were refused.
    func completeLeftBehind(limit: Int) async throws -> Int {
        let now = clock.now
        var count = 0
        for session in try await database.read({ try $0.fullUploadSessions(now: now, limit: limit) }) {
            do {
                let leased = try await leases.take(session.id, owner: "sweeper")
                _ = try await completed(leased, correlationID: "\(session.id)")
                count += 1
            } catch let error as ANBError where error.code == .mediaRejected {
                count += 1
            } catch {
                try Task.checkCancellation()
                logger.warning("an upload was not completed", metadata: ["upload_id": "\(session.id)", "error": "\(error)"])
            }
        }
        return count
    }

    // MARK: - Giving up

    /// Gives an upload up at once, whoever is adding to it.
    /// - Throws: As ``standing(of:for:)``; `conflict` when it is a video already.
    public func terminate(_ id: VideoID, for owner: Identity) async throws {
        _ = try await standing(of: id, for: owner)
        let keepUntil = clock.now + .seconds(limits.idempotencySeconds)
        let ended = try await database.withTransaction { transaction in
            if try transaction.endUploadSession(id, as: .terminated, keepUntil: keepUntil, expiredBefore: nil) { return true }
            if try transaction.uploadSession(id)?.state == .completed {
                throw ANBError(.conflict, "This upload is a video already. Delete the video instead.")
            }
            return false
        }
        guard ended else { throw ANBError.uploadGone }
        // A request that is still adding removes its own last part; what fails here the sweeper does.
        try? await objects.deleteAll(prefix: ObjectKey.partsPrefix(of: id))
    }
}

extension UploadSession {
    /// Why a refused upload is not there any more, told again.
    fileprivate func refusal(_ code: ANBError.Code) -> ANBError {
        ANBError(code, reason ?? ANBError.uploadGone.userMessage, failureCode: failureCode)
    }
}
