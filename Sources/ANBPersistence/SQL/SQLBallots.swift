import ANBCore

/// Votes that come together. However many they are, PostgreSQL answers three or four pieces of statements; the rows that
/// they share, videos and players, are written once for all.
///
/// Every transaction takes its locks in one order, videos by id and then players by id: two that share several of
/// either wait for each other and never deadlock.
extension SQLScope {
    func castVotes(_ ballots: [Ballot], at now: Timestamp) throws -> [BallotOutcome] {
        let order = ballots.indices.sorted { (ballots[$0].video, $0) < (ballots[$1].video, $1) }
        let added = zip(order, try insertVotes(order.map { ballots[$0] }, at: now))
        let counted = added.filter { $0.1 }.map { $0.0 }
        let refused = added.filter { !$0.1 }.map { $0.0 }
        var numbers = try countVotes(counted.map { ballots[$0].video }, at: now)
        var outcomes = Dictionary(uniqueKeysWithValues: zip(refused, try reasons(refused.map { ballots[$0] })))
        for index in counted { outcomes[index] = try numbers.next(ballots[index].video) }
        return ballots.indices.compactMap { outcomes[$0] }
    }

    /// - Returns: Whether each counts.
    private func insertVotes(_ ballots: [Ballot], at now: Timestamp) throws -> [Bool] {
        let cast = """
            INSERT INTO votes (voter_id, video_id, created_at)
            SELECT CAST(?1 AS TEXT), v.id, CAST(?3 AS BIGINT) FROM videos v
            WHERE v.id = ?2 AND v.owner_id <> ?1 AND \(Self.isOpen)
                AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND is_active = 1)
            \(connection.rowLock)
            ON CONFLICT DO NOTHING
            """
        return try executeEach(cast, ballots.map { [$0.voter, $0.video, now] }).map { $0 > 0 }
    }

    /// Raises the counts of videos and of their players.
    /// - Parameter videos: One for each vote, sorted.
    private func countVotes(_ videos: [VideoID], at now: Timestamp) throws -> VoteNumbers {
        let byVideo = Dictionary(videos.map { ($0, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }
        let videoCount = """
            UPDATE videos SET votes = votes + ?2, votes_reached_at = ?3 WHERE id = ?1 RETURNING owner_id, votes
            """
        let counted = try firstOfEach(videoCount, byVideo.map { [$0.key, $0.value, now] }) { row in
            (owner: try row.id() as UserID, votes: try row.int())
        }
        var (numbers, byOwner) = (VoteNumbers(), [UserID: Int]())
        for ((video, count), row) in zip(byVideo, counted) {
            guard let row else { throw ANBError.internal("the video \(video) went away under its votes") }
            numbers.last[video] = row.votes - count
            byOwner[row.owner, default: 0] += count
        }
        let playerCount = "UPDATE player_tallies SET votes = votes + ?2, reached_at = ?3 WHERE user_id = ?1"
        _ = try executeEach(playerCount, byOwner.sorted { $0.key < $1.key }.map { [$0.key, $0.value, now] })
        return numbers
    }

    /// Why votes did not count.
    private func reasons(_ ballots: [Ballot]) throws -> [BallotOutcome] {
        let look = """
            SELECT CASE
                WHEN NOT EXISTS (SELECT 1 FROM users WHERE id = ?1 AND is_active = 1) THEN 'account'
                WHEN NOT EXISTS (SELECT 1 FROM videos v WHERE v.id = ?2 AND \(Self.isOpen)) THEN 'closed'
                WHEN EXISTS (SELECT 1 FROM videos WHERE id = ?2 AND owner_id = ?1) THEN 'own'
                WHEN EXISTS (SELECT 1 FROM votes WHERE voter_id = ?1 AND video_id = ?2) THEN 'before'
                ELSE 'closed' END
            """
        return try firstOfEach(look, ballots.map { [$0.voter, $0.video] }) { try $0.text() }.map { reason in
            switch reason {
            case "account": .noAccount
            case "before": .castBefore
            case "own": .ownVideo
            default: .notOpen
            }
        }
    }
}

/// Gives the votes of one transaction their numbers, in the order of the ballots.
private struct VoteNumbers {
    /// The number of the vote before.
    var last: [VideoID: Int] = [:]

    mutating func next(_ video: VideoID) throws -> BallotOutcome {
        guard let number = last[video] else { throw ANBError.internal("a vote for \(video) was not counted") }
        last[video] = number + 1
        return .counted(votes: number + 1)
    }
}
