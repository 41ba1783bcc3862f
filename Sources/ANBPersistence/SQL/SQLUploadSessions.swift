import ANBCore
import Foundation

extension SQLScope {
    private static let uploadSessionColumns = """
        id, owner_id, title, metadata, byte_count, direct_part_bytes, parts, job_id, state, reason, fence, lease_owner,
        lease_until, created_at, expires_at, failure_code
        """

    func uploadSession(_ id: VideoID) throws -> UploadSession? {
        try row("SELECT \(Self.uploadSessionColumns) FROM upload_sessions WHERE id = ?1", [id], UploadSession.init)
    }

    func countOpenUploadSessions(ownedBy owner: UserID) throws -> Int {
        try count("SELECT COUNT(*) FROM upload_sessions WHERE owner_id = ?1 AND state = 'open'", [owner])
    }

    func uploadSessions(expiredBefore limit: Timestamp, limit count: Int) throws -> [UploadSession] {
        let list = """
            SELECT \(Self.uploadSessionColumns) FROM upload_sessions WHERE expires_at < ?1
            ORDER BY expires_at, id LIMIT ?2
            """
        return try all(list, [limit, count], UploadSession.init)
    }

    func fullUploadSessions(now: Timestamp, limit count: Int) throws -> [UploadSession] {
        let list = """
            SELECT \(Self.uploadSessionColumns) FROM upload_sessions
            WHERE state = 'open' AND stored_byte_count = byte_count AND (lease_until IS NULL OR lease_until <= ?1)
            ORDER BY fence, id LIMIT ?2
            """
        return try all(list, [now, count], UploadSession.init)
    }

    func insertUploadSession(_ session: UploadSession) throws {
        try insert(
            into: "upload_sessions", "\(Self.uploadSessionColumns), stored_byte_count, is_wanted",
            [
                session.id, session.ownerID, session.title, session.metadata, session.byteCount, session.directPartBytes,
                try session.parts.json(), session.jobID, session.state.rawValue, session.reason, session.fence,
                session.leaseOwner, session.leaseUntil, session.createdAt, session.expiresAt, session.failureCode?.rawValue,
                session.offset, false,
            ],
            conflict: .idTaken("upload", session.id))
    }

    func leaseUploadSession(_ id: VideoID, owner: String, until: Timestamp, now: Timestamp) throws -> UploadLease {
        let take = """
            UPDATE upload_sessions SET fence = fence + 1, lease_owner = ?2, lease_until = ?3, is_wanted = 0
            WHERE id = ?1 AND state = 'open' AND (lease_until IS NULL OR lease_until <= ?4)
            RETURNING \(Self.uploadSessionColumns)
            """
        if let session = try first(take, [id, owner, until, now], UploadSession.init) { return .taken(session) }
        // Given back a moment ago it is free, but whoever asks again then finds it so.
        let ask = "UPDATE upload_sessions SET is_wanted = 1 WHERE id = ?1 AND state = 'open' RETURNING lease_until"
        let held = try first(ask, [id]) { try $0.optionalTime() ?? now }
        return held.map(UploadLease.held) ?? .notOpen
    }

    func renewUploadLease(_ id: VideoID, fence: Int64, until: Timestamp) throws -> Bool? {
        let renew = """
            UPDATE upload_sessions SET lease_until = ?3
            WHERE id = ?1 AND fence = ?2 AND state = 'open' AND lease_until IS NOT NULL RETURNING is_wanted
            """
        return try first(renew, [id, fence, until]) { try $0.bool() }
    }

    func saveUploadParts(
        _ id: VideoID, fence: Int64, parts: [UploadSession.Part], leaseUntil: Timestamp?, expiresAt: Timestamp
    ) throws -> Bool {
        let save = """
            UPDATE upload_sessions SET parts = ?3, stored_byte_count = ?4, lease_until = ?5, expires_at = ?6
            WHERE id = ?1 AND fence = ?2 AND state = 'open'
            """
        return try execute(save, [id, fence, try parts.json(), parts.totalByteCount, leaseUntil, expiresAt]) > 0
    }

    func releaseUploadLease(_ id: VideoID, fence: Int64) throws -> Bool {
        let release = "UPDATE upload_sessions SET lease_until = NULL WHERE id = ?1 AND fence = ?2 AND state = 'open'"
        return try execute(release, [id, fence]) > 0
    }

    func settleUploadSession(
        _ id: VideoID, fence: Int64, as state: UploadSession.State, reason: String?, code: FailureCode?,
        keepUntil: Timestamp
    ) throws -> Bool {
        let settle = """
            UPDATE upload_sessions SET state = ?3, reason = ?4, expires_at = ?5, failure_code = ?6, lease_until = NULL
            WHERE id = ?1 AND fence = ?2 AND state = 'open'
            """
        return try execute(settle, [id, fence, state.rawValue, reason, keepUntil, code?.rawValue]) > 0
    }

    func endUploadSession(
        _ id: VideoID, as state: UploadSession.State, keepUntil: Timestamp, expiredBefore: Timestamp?
    ) throws -> Bool {
        let end = """
            UPDATE upload_sessions SET state = ?2, expires_at = ?3, lease_until = NULL
            WHERE id = ?1 AND state = 'open' AND expires_at < ?4
            """
        let limit = expiredBefore ?? Timestamp(milliseconds: .max)
        return try execute(end, [id, state.rawValue, keepUntil, limit]) > 0
    }

    func removeUploadSession(_ id: VideoID) throws { _ = try execute("DELETE FROM upload_sessions WHERE id = ?1", [id]) }
}

extension [UploadSession.Part] {
    fileprivate func json() throws -> String { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
}

extension UploadSession {
    fileprivate init(row: inout SQLRow) throws {
        self.init(
            id: try row.id(), ownerID: try row.id(), title: try row.text(), metadata: try row.optionalText(),
            byteCount: try row.int64(), directPartBytes: try row.optionalInteger(),
            parts: try JSONDecoder().decode([Part].self, from: Data(try row.text().utf8)), jobID: try row.id(),
            state: try row.value(), reason: try row.optionalText(), fence: try row.int64(), leaseOwner: try row.optionalText(),
            leaseUntil: try row.optionalTime(), createdAt: try row.time(), expiresAt: try row.time())
        failureCode = try row.optionalText().flatMap(FailureCode.init(rawValue:))
    }
}
