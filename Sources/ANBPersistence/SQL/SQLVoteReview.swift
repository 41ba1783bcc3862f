import ANBCore

extension SQLScope {
    func voteRecords(for video: VideoID) throws -> [VoteRecord] {
        let list = """
            SELECT w.voter_id, w.created_at, u.created_at, w.quarantined_at,
                (SELECT e.network FROM vote_events e WHERE e.voter_id = w.voter_id AND e.video_id = w.video_id
                    AND e.kind = 'cast' ORDER BY e.revision DESC LIMIT 1),
                (SELECT COUNT(DISTINCT e.video_id) FROM vote_events e WHERE e.voter_id = w.voter_id)
            FROM votes w JOIN users u ON u.id = w.voter_id WHERE w.video_id = ?1 ORDER BY w.created_at, w.voter_id
            """
        return try all(list, [video]) { row in
            let (voter, castAt, createdAt) = (try row.id() as UserID, try row.time(), try row.time())
            let isQuarantined = try row.optionalTime() != nil
            return VoteRecord(
                voter: voter, castAt: castAt, network: try row.optionalText(), accountCreatedAt: createdAt,
                videosOfVoter: try row.int(), isQuarantined: isQuarantined)
        }
    }

    func voteEvents(of voter: UserID) throws -> [VoteEvent] {
        let list = """
            SELECT voter_id, video_id, revision, kind, at, actor, reason, network FROM vote_events
            WHERE voter_id = ?1 ORDER BY at, video_id, revision
            """
        return try all(list, [voter]) { row in
            VoteEvent(
                voter: try row.id(), video: try row.id(), revision: try row.int(), kind: try row.value(), at: try row.time(),
                actor: AuditEvent.Actor(try row.text()), reason: try row.text(), network: try row.optionalText())
        }
    }

    func tallyDifferences() throws -> [TallyDifference] {
        let videos = try all(Self.videosThatDiffer) { row in
            TallyDifference(
                .video(try row.id()), board: try row.int(), votes: try row.int(), ledger: try row.int(),
                unexplained: try row.int())
        }
        return try videos
            + all(Self.playersThatDiffer) { row in
                TallyDifference(.player(try row.id()), board: try row.int(), votes: try row.int(), ledger: try row.int())
            }
    }

    private static let change = "CASE WHEN e.kind IN ('cast', 'restored') THEN 1 ELSE -1 END"

    /// By video: the votes that count, what the ledger adds up to, and votes that count without the ledger saying so.
    private static let counts = """
        counted AS (
            SELECT w.video_id, COUNT(*) AS votes FROM votes w WHERE w.quarantined_at IS NULL GROUP BY w.video_id),
        pairs AS (
            SELECT e.video_id, e.voter_id, SUM(\(change)) AS votes FROM vote_events e GROUP BY e.video_id, e.voter_id),
        summed AS (SELECT p.video_id, CAST(SUM(p.votes) AS BIGINT) AS votes FROM pairs p GROUP BY p.video_id),
        odd AS (
            SELECT w.video_id, COUNT(*) AS votes FROM votes w
            LEFT JOIN pairs p ON p.video_id = w.video_id AND p.voter_id = w.voter_id
            WHERE w.quarantined_at IS NULL AND COALESCE(p.votes, 0) <> 1 GROUP BY w.video_id)
        """

    private static let videosThatDiffer = """
        WITH \(counts)
        SELECT v.id, v.votes, COALESCE(c.votes, 0), COALESCE(s.votes, 0), COALESCE(o.votes, 0)
        FROM videos v LEFT JOIN counted c ON c.video_id = v.id LEFT JOIN summed s ON s.video_id = v.id
            LEFT JOIN odd o ON o.video_id = v.id
        WHERE v.votes <> COALESCE(c.votes, 0) OR v.votes <> COALESCE(s.votes, 0) OR COALESCE(o.votes, 0) <> 0
        ORDER BY v.id
        """

    private static let playersThatDiffer = """
        WITH \(counts),
        players AS (
            SELECT v.owner_id, COUNT(*) AS videos, CAST(SUM(COALESCE(c.votes, 0)) AS BIGINT) AS votes,
                CAST(SUM(COALESCE(s.votes, 0)) AS BIGINT) AS ledger
            FROM videos v LEFT JOIN counted c ON c.video_id = v.id LEFT JOIN summed s ON s.video_id = v.id
            WHERE \(isOpen) GROUP BY v.owner_id)
        SELECT u.id, COALESCE(t.votes, 0), COALESCE(p.votes, 0), COALESCE(p.ledger, 0)
        FROM users u LEFT JOIN player_tallies t ON t.user_id = u.id LEFT JOIN players p ON p.owner_id = u.id
        WHERE COALESCE(t.votes, 0) <> COALESCE(p.votes, 0) OR COALESCE(t.videos, 0) <> COALESCE(p.videos, 0)
            OR COALESCE(t.votes, 0) <> COALESCE(p.ledger, 0)
        ORDER BY u.id
        """

    func repairTally(of subject: TallyDifference.Subject) throws {
        switch subject {
        case .video(let id): try repairVideo(id)
        case .player(let id): try repairPlayer(id)
        }
    }

    /// The row is locked before its votes are counted: votes that come meanwhile are added to what is written here.
    private func repairVideo(_ id: VideoID) throws {
        guard let _: VideoID = try row("SELECT id FROM videos WHERE id = ?1", [id], { try $0.id() }) else { return }
        let repair = """
            UPDATE videos SET votes = (SELECT COUNT(*) FROM votes WHERE video_id = ?1 AND quarantined_at IS NULL),
                votes_reached_at = COALESCE(
                    (SELECT MAX(created_at) FROM votes WHERE video_id = ?1 AND quarantined_at IS NULL), uploaded_at)
            WHERE id = ?1
            """
        _ = try execute(repair, [id])
    }

    private func repairPlayer(_ id: UserID) throws {
        let lock = "SELECT user_id FROM player_tallies WHERE user_id = ?1"
        let _: UserID? = try row(lock, [id]) { try $0.id() }
        _ = try execute("DELETE FROM player_tallies WHERE user_id = ?1", [id])
        let rebuild = """
            INSERT INTO player_tallies (user_id, city_key, videos, votes, reached_at)
            SELECT u.id, u.city_key, COUNT(*), CAST(SUM(v.votes) AS BIGINT), COALESCE(
                MAX(CASE WHEN v.votes > 0 THEN v.votes_reached_at END), MIN(v.processed_at))
            FROM users u JOIN videos v ON v.owner_id = u.id WHERE u.id = ?1 AND \(Self.isOpen) GROUP BY u.id, u.city_key
            """
        _ = try execute(rebuild, [id])
    }
}
