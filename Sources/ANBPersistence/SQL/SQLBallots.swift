import ANBCore

/// Votes that come together. However many they are, PostgreSQL answers four pieces of statements; the rows that they
/// share, videos and players, are written once for all.
///
/// Every transaction takes its locks in one order, videos by id and then players by id: two that share several of
/// either wait for each other and never deadlock.
extension SQLScope {
    func castVotes(_ ballots: [Ballot], in phase: VotingPhase) throws -> [Int?] {
        let order = ballots.indices.sorted { (ballots[$0].video, $0) < (ballots[$1].video, $1) }
        let added = try insertVotes(order.map { ballots[$0] }, in: phase)
        let counted = zip(order, added).filter { $0.1 }.map { $0.0 }
        let cast = counted.map { ballots[$0] }
        try note(.cast, of: cast, by: .voter, reason: "")
        var numbers = try countVotes(cast)
        var answers = [Int?](repeating: nil, count: ballots.count)
        for index in counted { answers[index] = try numbers.next(ballots[index].video) }
        return answers
    }

    /// Every condition is in the statement, and the row of a video that gets a vote stays as it was read.
    /// - Returns: Whether each counts.
    private func insertVotes(_ ballots: [Ballot], in phase: VotingPhase) throws -> [Bool] {
        let cast = """
            INSERT INTO votes (voter_id, video_id, created_at)
            SELECT CAST(?1 AS TEXT), v.id, CAST(?3 AS BIGINT) FROM videos v
            WHERE v.id = ?2 AND v.owner_id <> ?1 AND \(Self.isOpen)
                AND EXISTS (SELECT 1 FROM users WHERE id = ?1 AND is_active = 1)
                AND CAST(?3 AS BIGINT) >= CAST(?4 AS BIGINT) AND CAST(?3 AS BIGINT) < CAST(?5 AS BIGINT)
            \(connection.rowLock)
            ON CONFLICT DO NOTHING
            """
        let (opens, closes) = phase.bounds
        return try executeEach(cast, ballots.map { [$0.voter, $0.video, $0.at, opens, closes] }).map { $0 > 0 }
    }

    /// Raises the counts of videos and of their players.
    /// - Parameter cast: Sorted by video.
    private func countVotes(_ cast: [Ballot]) throws -> VoteNumbers {
        let videos = Dictionary(grouping: cast, by: \.video).sorted { $0.key < $1.key }
            .map { (id: $0.key, count: $0.value.count, at: $0.value.map(\.at).max() ?? Timestamp(milliseconds: 0)) }
        let videoCount = """
            UPDATE videos SET votes = votes + ?2, votes_reached_at = ?3 WHERE id = ?1 RETURNING owner_id, votes
            """
        let rows = try firstOfEach(videoCount, videos.map { [$0.id, $0.count, $0.at] }) { row in
            (owner: try row.id() as UserID, votes: try row.int())
        }
        var (numbers, players) = (VoteNumbers(), [UserID: (count: Int, at: Timestamp)]())
        for (video, row) in zip(videos, rows) {
            guard let row else { throw ANBError.internal("the video \(video.id) went away under its votes") }
            numbers.last[video.id] = row.votes - video.count
            let before = players[row.owner] ?? (0, video.at)
            players[row.owner] = (before.count + video.count, max(before.at, video.at))
        }
        let playerCount = "UPDATE player_tallies SET votes = votes + ?2, reached_at = ?3 WHERE user_id = ?1"
        _ = try executeEach(playerCount, players.sorted { $0.key < $1.key }.map { [$0.key, $0.value.count, $0.value.at] })
        return numbers
    }
}

/// Gives the votes of one transaction their numbers, in the order of the ballots.
private struct VoteNumbers {
    /// The number of the vote before.
    var last: [VideoID: Int] = [:]

    mutating func next(_ video: VideoID) throws -> Int {
        guard let number = last[video] else { throw ANBError.internal("a vote for \(video) was not counted") }
        last[video] = number + 1
        return number + 1
    }
}
