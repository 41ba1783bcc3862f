import ANBCore

extension SQLScope {
    func votedVideos(of voter: UserID, page: Page) throws -> [VideoID] {
        let list = """
            SELECT video_id FROM votes WHERE voter_id = ?1
            ORDER BY created_at DESC, video_id DESC LIMIT ?2 OFFSET ?3
            """
        return try all(list, [voter, page.limit, page.offset]) { try $0.id() }
    }

    func countVotes(for video: VideoID) throws -> Int {
        try count("SELECT COUNT(*) FROM votes WHERE video_id = ?1 AND quarantined_at IS NULL", [video])
    }

    func hasVote(of voter: UserID, for video: VideoID) throws -> Bool {
        try count("SELECT COUNT(*) FROM votes WHERE voter_id = ?1 AND video_id = ?2", [voter, video]) > 0
    }

    func retractVote(by voter: UserID, for video: VideoID, at now: Timestamp, in phase: VotingPhase) throws -> Int? {
        guard try lockVideo(video) else { return nil }
        let retract = """
            DELETE FROM votes WHERE voter_id = ?1 AND video_id = ?2 AND quarantined_at IS NULL
                AND CAST(?3 AS BIGINT) >= CAST(?4 AS BIGINT) AND CAST(?3 AS BIGINT) < CAST(?5 AS BIGINT)
            """
        let (opens, closes) = phase.bounds
        guard try execute(retract, [voter, video, now, opens, closes]) > 0 else { return nil }
        try note(.retracted, of: [voter], for: video, by: .voter, reason: "", at: now)
        return try changeCount(of: video, by: -1)
    }

    func quarantineVotes(
        of voters: [UserID], for video: VideoID, by actor: AuditEvent.Actor, reason: String, at now: Timestamp
    ) throws -> Int {
        let quarantine = """
            UPDATE votes SET quarantined_at = ?3 WHERE voter_id = ?1 AND video_id = ?2 AND quarantined_at IS NULL
            """
        guard try lockVideo(video) else { return 0 }
        let changed = try changed(voters, by: quarantine, values: voters.map { [$0, video, now] })
        try note(.quarantined, of: changed, for: video, by: actor, reason: reason, at: now)
        if !changed.isEmpty { try changeCount(of: video, by: -changed.count) }
        return changed.count
    }

    func restoreVotes(
        of voters: [UserID], for video: VideoID, by actor: AuditEvent.Actor, reason: String, at now: Timestamp
    ) throws -> Int {
        let restore = """
            UPDATE votes SET quarantined_at = NULL WHERE voter_id = ?1 AND video_id = ?2 AND quarantined_at IS NOT NULL
            """
        guard try lockVideo(video) else { return 0 }
        let changed = try changed(voters, by: restore, values: voters.map { [$0, video] })
        try note(.restored, of: changed, for: video, by: actor, reason: reason, at: now)
        if !changed.isEmpty { try changeCount(of: video, by: changed.count) }
        return changed.count
    }

    /// Before its votes are looked at: what changes a vote that exists takes the video first, so two of them have one order.
    private func lockVideo(_ video: VideoID) throws -> Bool {
        try row("SELECT id FROM videos WHERE id = ?1", [video]) { try $0.id() as VideoID } != nil
    }

    private func changed(_ voters: [UserID], by statement: String, values: [[(any SQLBindable)?]]) throws -> [UserID] {
        zip(voters, try executeEach(statement, values)).filter { $0.1 > 0 }.map(\.0)
    }

    /// A line of the ledger for each voter.
    private func note(
        _ kind: VoteEvent.Kind, of voters: [UserID], for video: VideoID, by actor: AuditEvent.Actor, reason: String,
        at now: Timestamp
    ) throws {
        try note(kind, of: voters.map { Ballot(voter: $0, video: video, at: now) }, by: actor, reason: reason)
    }

    /// A line of the ledger for each ballot.
    func note(_ kind: VoteEvent.Kind, of ballots: [Ballot], by actor: AuditEvent.Actor, reason: String) throws {
        let note = """
            INSERT INTO vote_events (voter_id, video_id, revision, kind, at, actor, reason, network)
            VALUES (?1, ?2, (SELECT COALESCE(MAX(e.revision), 0) + 1 FROM vote_events e
                WHERE e.voter_id = ?1 AND e.video_id = ?2), ?3, ?4, ?5, ?6, ?7)
            """
        _ = try executeEach(
            note, ballots.map { [$0.voter, $0.video, kind.rawValue, $0.at, actor.description, reason, $0.network] })
    }
}

extension VotingPhase {
    /// As numbers that every time can be compared with.
    var bounds: (opens: Timestamp, closes: Timestamp) {
        (opensAt ?? Timestamp(milliseconds: .min), closesAt ?? Timestamp(milliseconds: .max))
    }
}
