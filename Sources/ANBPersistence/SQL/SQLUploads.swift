import ANBCore

extension SQLScope {
    private static let uploadColumns =
        "id, owner_id, object_key, state, idempotency_key, fingerprint, job_id, expires_at"

    func upload(_ id: VideoID) throws -> PendingUpload? {
        try row("SELECT \(Self.uploadColumns) FROM uploads WHERE id = ?1", [id], PendingUpload.init)
    }

    func upload(ownedBy owner: UserID, idempotencyKey: String) throws -> PendingUpload? {
        let find = "SELECT \(Self.uploadColumns) FROM uploads WHERE owner_id = ?1 AND idempotency_key = ?2"
        return try row(find, [owner, idempotencyKey], PendingUpload.init)
    }

    func uploads(expiredBefore limit: Timestamp, limit count: Int) throws -> [PendingUpload] {
        let list = "SELECT \(Self.uploadColumns) FROM uploads WHERE expires_at < ?1 ORDER BY expires_at, id LIMIT ?2"
        return try all(list, [limit, count], PendingUpload.init)
    }

    func insertUpload(_ upload: PendingUpload) throws {
        try insert(
            into: "uploads", Self.uploadColumns,
            [
                upload.id, upload.ownerID, upload.key, upload.state.rawValue, upload.idempotencyKey,
                upload.fingerprint, upload.jobID, upload.expiresAt,
            ],
            conflict: .uploadKeyTaken)
    }

    func moveUpload(
        _ id: VideoID, from: PendingUpload.State, to: PendingUpload.State, expiresAt: Timestamp
    ) throws -> Bool {
        let move = "UPDATE uploads SET state = ?3, expires_at = ?4 WHERE id = ?1 AND state = ?2"
        return try execute(move, [id, from.rawValue, to.rawValue, expiresAt]) > 0
    }

    func giveUpUploads(of owner: UserID, at now: Timestamp) throws {
        // What was committed is a video now and needs no note; the rest has objects that the sweeper knows by its note only.
        _ = try execute("DELETE FROM uploads WHERE owner_id = ?1 AND state = 'committed'", [owner])
        let giveUp = "UPDATE uploads SET state = 'abandoned', expires_at = ?2, idempotency_key = NULL WHERE owner_id = ?1"
        _ = try execute(giveUp, [owner, now])
    }

    func removeUpload(_ id: VideoID) throws { _ = try execute("DELETE FROM uploads WHERE id = ?1", [id]) }
}

extension PendingUpload {
    fileprivate init(row: inout SQLRow) throws {
        self.init(
            id: try row.id(), ownerID: try row.id(), key: try row.key(), state: try row.value(),
            idempotencyKey: try row.optionalText(), fingerprint: try row.text(), jobID: try row.id(),
            expiresAt: try row.time())
    }
}
