import Logging
public import NIOCore

/// Takes the bytes of one request and makes them durable, part by part, under the lease of its session. One chunk is in
/// memory at a time; a part grows in a scratch file until it is full.
///
/// With a checksum nothing is noted before the last byte was compared, so that what was already stored counts for
/// nothing when it was wrong.
public actor UploadWriter {
    /// Bytes of a full part. One request to S3, and what a killed process loses at most.
    static let partBytes: Int64 = 8 << 20
    /// A smaller last part is made one with what comes next, so that many short requests do not make many objects.
    static let smallPartBytes: Int64 = 1 << 20

    private let session: UploadSession
    private let database: any Database
    private let objects: any ObjectStore
    private let scratch: any ScratchSpace
    private let limits: Limits
    private let clock: any WallClock
    private let logger: Logger
    private var checksum: RunningChecksum?
    private let expectsChecksum: Bool

    /// Everything stored; noted or not.
    private var parts: [UploadSession.Part]
    /// What the noted session has that the new parts replace.
    private var superseded: [ObjectKey] = []
    /// The part that grows.
    private var growing: (file: any ScratchFile, byteCount: Int64)?
    private var received: Int64 = 0

    /// - Parameter session: As it was leased.
    init(
        _ session: UploadSession, checksum: UploadChecksum?, database: any Database, objects: any ObjectStore,
        scratch: any ScratchSpace, limits: Limits, clock: any WallClock, logger: Logger
    ) {
        self.session = session
        self.database = database
        self.objects = objects
        self.scratch = scratch
        self.limits = limits
        self.clock = clock
        self.logger = logger
        self.checksum = checksum.map(RunningChecksum.init)
        expectsChecksum = checksum != nil
        parts = session.parts
    }

    /// Adds bytes; returns when they are on this machine's disk, which is the back-pressure.
    /// - Throws: `tooLarge` for more bytes than were announced for the whole upload, `inProgress` and `gone` when the session
    ///   is no longer this request's, and what the store throws.
    public func append(_ bytes: ByteBuffer) async throws {
        received += Int64(bytes.readableBytes)
        guard session.offset + received <= session.byteCount else { throw Self.tooLong(session) }
        checksum?.update(bytes)
        var rest = bytes
        while rest.readableBytes > 0 {
            let (file, byteCount) = try await growingPart()
            let room = Int(Self.partBytes - byteCount)
            guard let piece = rest.readSlice(length: min(room, rest.readableBytes)) else { return }
            // After a failure the file is of no use.
            growing = nil
            try await discarding(file) { try await file.append(piece) }
            growing = (file, byteCount + Int64(piece.readableBytes))
            if piece.readableBytes == room { try await closePart() }
        }
    }

    private func discarding(_ file: any ScratchFile, onFailureOf body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            await file.discard()
            throw error
        }
    }

    static func tooLong(_ session: UploadSession) -> ANBError {
        ANBError(.tooLarge, "The upload has more bytes than the \(session.byteCount) that were announced.")
    }

    /// Begins with the part that was last when that was a small one.
    private func growingPart() async throws -> (any ScratchFile, Int64) {
        if let growing { return growing }
        let file = try await scratch.makeFile()
        var byteCount: Int64 = 0
        if let small = parts.last, small.byteCount < Self.smallPartBytes, small.fence < session.fence {
            let start = parts.totalByteCount - small.byteCount
            let key = try ObjectKey.part(of: session.id, start: start, fence: small.fence)
            try await discarding(file) {
                for try await chunk in try await objects.read(key).chunks { try await file.append(chunk) }
            }
            parts.removeLast()
            superseded.append(key)
            byteCount = small.byteCount
        }
        growing = (file, byteCount)
        return (file, byteCount)
    }

    private func closePart() async throws {
        try await storePart()
        if !expectsChecksum { try await save(leaseUntil: clock.now + .seconds(limits.uploadLeaseSeconds)) }
    }

    /// Makes the growing part an object. Whatever happens, its file is gone afterwards.
    private func storePart() async throws {
        guard let (file, _) = growing else { return }
        growing = nil
        try await discarding(file) {
            let digest = try await file.close()
            let key = try ObjectKey.part(of: session.id, start: parts.totalByteCount, fence: session.fence)
            try await objects.write(key, .movingFile(path: file.path))
            parts.append(.init(byteCount: digest.byteCount, fence: session.fence))
        }
        await file.discard()
    }

    /// - Parameter leaseUntil: `nil` gives the lease back.
    /// - Returns: When the upload expires now.
    @discardableResult private func save(leaseUntil: Timestamp?) async throws -> Timestamp {
        let (id, fence, parts) = (session.id, session.fence, parts)
        let expiresAt = clock.now + .seconds(limits.uploadSessionSeconds)
        let isOurs = try await database.withTransaction {
            try $0.saveUploadParts(id, fence: fence, parts: parts, leaseUntil: leaseUntil, expiresAt: expiresAt)
        }
        guard isOurs else {
            await discardStored()
            throw try await database.lostUpload(id)
        }
        await delete(superseded)
        superseded = []
        return expiresAt
    }

    // MARK: - Ends

    /// After the last byte of the request. The lease is kept only when the upload is complete.
    /// - Returns: The session as it is now.
    /// - Throws: `checksumMismatch`, and as ``append(_:)``.
    func finish() async throws -> UploadSession {
        try checksum?.verify()
        try await storePart()
        var saved = session
        saved.parts = parts
        let isFull = parts.totalByteCount == session.byteCount
        saved.expiresAt = try await save(leaseUntil: isFull ? clock.now + .seconds(limits.uploadLeaseSeconds) : nil)
        return saved
    }

    /// After the request broke off. Keeps what arrived, unless it was to be compared with a checksum, and gives the lease
    /// back; what fails here costs the client at most the part that was growing.
    func breakOff() async {
        do {
            if expectsChecksum {
                await growing?.file.discard()
                growing = nil
                await discardStored()
            } else if growing != nil {
                try await storePart()
                try await save(leaseUntil: nil)
                return
            }
        } catch let error as ANBError where error.code == .gone {
            return
        } catch {
            logger.warning(
                "the last bytes of a request are lost", metadata: ["upload_id": "\(session.id)", "error": "\(error)"])
        }
        let (id, fence) = (session.id, session.fence)
        _ = try? await database.withTransaction { try $0.releaseUploadLease(id, fence: fence) }
    }

    /// Removes what this request stored and nobody noted, or may note any more.
    private func discardStored() async {
        var keys: [ObjectKey] = []
        var start: Int64 = 0
        for part in parts {
            if part.fence == session.fence, let key = try? ObjectKey.part(of: session.id, start: start, fence: part.fence) {
                keys.append(key)
            }
            start += part.byteCount
        }
        await delete(keys)
    }

    /// What fails here goes with the rest of the session's objects.
    private func delete(_ keys: [ObjectKey]) async {
        for key in keys { try? await objects.delete(key) }
    }
}

extension Database {
    /// Why a lease does not hold any more.
    func lostUpload(_ id: VideoID) async throws -> ANBError {
        let state = try await read { try $0.uploadSession(id)?.state }
        return state == .open ? .uploadInUse(for: .seconds(1)) : .uploadGone
    }
}

extension ANBError {
    static func uploadInUse(for time: Duration) -> ANBError {
        ANBError(
            .inProgress, "Another request is adding to this upload. Ask for its offset in a moment and go on from there.",
            recovery: .retryLater(after: time))
    }

    static let uploadGone = ANBError(.gone, "This upload was cancelled or has expired. Start a new one.")
}
