import ANBCore

extension SQLScope {
    func video(_ id: VideoID) throws -> Video? {
        try row("SELECT \(Self.videoColumns) FROM videos v WHERE v.id = ?1", [id], Video.init)
    }

    func videos(ownedBy owner: UserID, page: Page) throws -> [Video] {
        let list = """
            SELECT \(Self.videoColumns) FROM videos v WHERE v.owner_id = ?1 AND v.deleted_at IS NULL
            ORDER BY v.uploaded_at DESC, v.id DESC LIMIT ?2 OFFSET ?3
            """
        return try all(list, [owner, page.limit, page.offset], Video.init)
    }

    func videos(ofActive lists: [(owner: UserID, page: Page)]) throws -> [[Video]] {
        let list = """
            SELECT \(Self.videoColumns) FROM videos v WHERE v.owner_id = ?1 AND v.deleted_at IS NULL
                AND (SELECT u.is_active FROM users u WHERE u.id = ?1) = 1
            ORDER BY v.uploaded_at DESC, v.id DESC LIMIT ?2 OFFSET ?3
            """
        return try allOfEach(list, lists.map { [$0.owner, $0.page.limit, $0.page.offset] }, Video.init)
    }

    func countVideos(ownedBy owner: UserID) throws -> Int {
        try count("SELECT COUNT(*) FROM videos WHERE owner_id = ?1 AND deleted_at IS NULL", [owner])
    }

    func videos(after id: VideoID?, limit: Int) throws -> [Video] {
        let list = """
            SELECT \(Self.videoColumns) FROM videos v WHERE v.id > ?1 AND v.deleted_at IS NULL ORDER BY v.id LIMIT ?2
            """
        return try all(list, [id?.description ?? "", limit], Video.init)
    }

    func insertVideo(_ video: Video) throws {
        let insert = """
            INSERT INTO videos (id, owner_id, title, status, original_key, original_byte_count, original_sha256,
                original_seconds, job_id, correlation_id, uploaded_at, processed_at, publication, failure_reason,
                votes, votes_reached_at, deleted_at, failure_code, city_key)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
                (SELECT city_key FROM users WHERE id = ?2\(connection.rowLock)))
            ON CONFLICT DO NOTHING
            """
        let inserted = try execute(
            insert,
            [
                video.id, video.ownerID, video.title, video.status.rawValue, video.originalKey,
                video.originalByteCount, video.originalSHA256, video.originalSeconds, video.jobID,
                video.correlationID, video.uploadedAt, video.processedAt, try video.publication?.json(),
                video.failureReason, video.votes, video.votesReachedAt, video.deletedAt, video.failureCode?.rawValue,
            ])
        guard inserted > 0 else { throw ANBError.idTaken("video", video.id) }
        if video.isOpenForVoting { try addToTally(of: video.ownerID, votes: video.votes, at: video.tallyTime) }
    }

    func markProcessing(_ id: VideoID) throws -> Bool {
        let mark = "UPDATE videos SET status = 'processing' WHERE id = ?1 AND status = 'queued' AND deleted_at IS NULL"
        return try execute(mark, [id]) > 0
    }

    func publish(_ id: VideoID, _ publication: Video.Publication, at now: Timestamp) throws -> Bool {
        let publish = """
            UPDATE videos SET status = 'processed', publication = ?2, processed_at = ?3, failure_reason = NULL,
                failure_code = NULL
            WHERE id = ?1 AND status IN ('queued', 'processing') AND deleted_at IS NULL
            RETURNING owner_id, votes
            """
        let published = try first(publish, [id, try publication.json(), now]) { row in
            (owner: try row.id() as UserID, votes: try row.int())
        }
        guard let published else { return false }
        try addToTally(of: published.owner, votes: published.votes, at: now)
        return true
    }

    func submitForReview(_ id: VideoID, _ publication: Video.Publication, at now: Timestamp) throws -> Bool {
        let submit = """
            UPDATE videos SET status = 'pending_review', publication = ?2, processed_at = ?3, failure_reason = NULL,
                failure_code = NULL
            WHERE id = ?1 AND status IN ('queued', 'processing') AND deleted_at IS NULL
            """
        return try execute(submit, [id, try publication.json(), now]) > 0
    }

    func approve(_ id: VideoID, at now: Timestamp) throws -> Bool {
        let approve = """
            UPDATE videos SET status = 'processed', processed_at = ?2
            WHERE id = ?1 AND status = 'pending_review' AND deleted_at IS NULL
            RETURNING owner_id, votes
            """
        let approved = try first(approve, [id, now]) { (owner: try $0.id() as UserID, votes: try $0.int()) }
        guard let approved else { return false }
        try addToTally(of: approved.owner, votes: approved.votes, at: now)
        return true
    }

    func reject(_ id: VideoID, reason: String, at now: Timestamp) throws -> Bool {
        let reject = """
            UPDATE videos SET status = 'rejected', failure_reason = ?2, failure_code = ?4, processed_at = ?3
            WHERE id = ?1 AND status = 'pending_review' AND deleted_at IS NULL
            """
        return try execute(reject, [id, reason, now, FailureCode.rejected.rawValue]) > 0
    }

    func fail(_ id: VideoID, code: FailureCode, reason: String, at now: Timestamp) throws -> Bool {
        let fail = """
            UPDATE videos SET status = 'failed', failure_reason = ?2, failure_code = ?4, processed_at = ?3
            WHERE id = ?1 AND status IN ('queued', 'processing') AND deleted_at IS NULL
            """
        return try execute(fail, [id, reason, now, code.rawValue]) > 0
    }

    func requeue(_ id: VideoID) throws -> Bool {
        let requeue = """
            UPDATE videos SET status = 'queued', failure_reason = NULL, failure_code = NULL, processed_at = NULL
            WHERE id = ?1 AND status = 'failed' AND deleted_at IS NULL
            """
        return try execute(requeue, [id]) > 0
    }

    func markDeleted(_ id: VideoID, at now: Timestamp) throws -> Bool {
        let mark = "UPDATE videos SET deleted_at = ?2 WHERE id = ?1 AND status <> 'processed' AND deleted_at IS NULL"
        return try execute(mark, [id, now]) > 0
    }

    func withdrawVideo(_ id: VideoID, at now: Timestamp) throws -> Bool {
        let open = "SELECT v.owner_id, v.votes FROM videos v WHERE v.id = ?1 AND \(Self.isOpen)"
        let published = try row(open, [id]) { (owner: try $0.id() as UserID, votes: try $0.int()) }
        let mark = "UPDATE videos SET deleted_at = ?2 WHERE id = ?1 AND deleted_at IS NULL"
        guard try execute(mark, [id, now]) > 0 else { return false }
        if let published { try removeFromTally(of: published.owner, votes: published.votes) }
        return true
    }

    /// The votes and their ledger go with their video.
    func removeVideo(_ id: VideoID) throws {
        let open = "SELECT v.owner_id, v.votes FROM videos v WHERE v.id = ?1 AND \(Self.isOpen)"
        if let (owner, votes) = try row(open, [id], { (try $0.id() as UserID, try $0.int()) }) {
            try removeFromTally(of: owner, votes: votes)
        }
        _ = try execute("DELETE FROM videos WHERE id = ?1", [id])
        _ = try execute("DELETE FROM vote_events WHERE video_id = ?1", [id])
    }
}
