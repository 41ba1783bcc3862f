import ANBCore

extension MemoryTables {
    /// A session and whether somebody waits for its lease.
    struct UploadSessionRow {
        var session: UploadSession
        var isWanted = false
    }

    func uploadSession(_ id: VideoID) throws -> UploadSession? { uploadSessions[id]?.session }

    func countOpenUploadSessions(ownedBy owner: UserID) throws -> Int {
        uploadSessions.values.count { $0.session.ownerID == owner && $0.session.state == .open }
    }

    func uploadSessions(expiredBefore limit: Timestamp, limit count: Int) throws -> [UploadSession] {
        let expired = uploadSessions.values.map(\.session).filter { $0.expiresAt < limit }
        return Array(expired.sorted { ($0.expiresAt, $0.id) < ($1.expiresAt, $1.id) }.prefix(count))
    }

    func fullUploadSessions(now: Timestamp, limit count: Int) throws -> [UploadSession] {
        let full = uploadSessions.values.map(\.session).filter {
            $0.state == .open && $0.offset == $0.byteCount && Self.isFree($0, now)
        }
        return Array(full.sorted { ($0.fence, $0.id) < ($1.fence, $1.id) }.prefix(count))
    }

    func insertUploadSession(_ session: UploadSession) throws {
        if uploadSessions[session.id] != nil { throw ANBError.idTaken("upload", session.id) }
        _ = try existingUser(session.ownerID)
        uploadSessions[session.id] = UploadSessionRow(session: session)
    }

    func leaseUploadSession(_ id: VideoID, owner: String, until: Timestamp, now: Timestamp) throws -> UploadLease {
        guard var row = uploadSessions[id], row.session.state == .open else { return .notOpen }
        if let leaseUntil = row.session.leaseUntil, !Self.isFree(row.session, now) {
            uploadSessions[id]?.isWanted = true
            return .held(until: leaseUntil)
        }
        row.session.fence += 1
        row.session.leaseOwner = owner
        row.session.leaseUntil = until
        row.isWanted = false
        uploadSessions[id] = row
        return .taken(row.session)
    }

    private static func isFree(_ session: UploadSession, _ now: Timestamp) -> Bool {
        session.leaseUntil.map { $0 <= now } ?? true
    }

    func renewUploadLease(_ id: VideoID, fence: Int64, until: Timestamp) throws -> Bool? {
        guard try uploadSession(id)?.leaseUntil != nil, changeUpload(id, fence: fence, { $0.leaseUntil = until }) else {
            return nil
        }
        return uploadSessions[id]?.isWanted
    }

    func saveUploadParts(
        _ id: VideoID, fence: Int64, parts: [UploadSession.Part], leaseUntil: Timestamp?, expiresAt: Timestamp
    ) throws -> Bool {
        changeUpload(id, fence: fence) { session in
            session.parts = parts
            session.leaseUntil = leaseUntil
            session.expiresAt = expiresAt
        }
    }

    func releaseUploadLease(_ id: VideoID, fence: Int64) throws -> Bool {
        changeUpload(id, fence: fence) { $0.leaseUntil = nil }
    }

    func settleUploadSession(
        _ id: VideoID, fence: Int64, as state: UploadSession.State, reason: String?, code: FailureCode?,
        keepUntil: Timestamp
    ) throws -> Bool {
        changeUpload(id, fence: fence) { session in
            session.state = state
            session.reason = reason
            session.failureCode = code
            session.expiresAt = keepUntil
            session.leaseUntil = nil
        }
    }

    func endUploadSession(
        _ id: VideoID, as state: UploadSession.State, keepUntil: Timestamp, expiredBefore: Timestamp?
    ) throws -> Bool {
        guard let session = try uploadSession(id), session.expiresAt < expiredBefore ?? Timestamp(milliseconds: .max) else {
            return false
        }
        return changeUpload(id, fence: session.fence) { session in
            session.state = state
            session.expiresAt = keepUntil
            session.leaseUntil = nil
        }
    }

    func removeUploadSession(_ id: VideoID) throws { uploadSessions[id] = nil }

    /// - Returns: Whether the session is open and the fence its own.
    private func changeUpload(_ id: VideoID, fence: Int64, _ change: (inout UploadSession) -> Void) -> Bool {
        guard var row = uploadSessions[id], row.session.state == .open, row.session.fence == fence else { return false }
        change(&row.session)
        uploadSessions[id] = row
        return true
    }
}
