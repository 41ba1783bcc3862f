import ANBCore

/// One row per player who has a published video, kept in step by every statement that changes one of the player's
/// votes, so that the ranking reads an index and never adds up.
extension SQLScope {
    func addToTally(of owner: UserID, votes: Int, at time: Timestamp) throws {
        let add = """
            INSERT INTO player_tallies (user_id, city_key, videos, votes, reached_at)
            SELECT id, city_key, 1, CAST(?2 AS BIGINT), CAST(?3 AS BIGINT) FROM users WHERE id = ?1
            \(connection.rowLock)
            ON CONFLICT (user_id) DO UPDATE SET videos = player_tallies.videos + 1,
                votes = player_tallies.votes + excluded.votes,
                reached_at = CASE WHEN excluded.votes > 0 AND excluded.reached_at > player_tallies.reached_at
                    THEN excluded.reached_at ELSE player_tallies.reached_at END
            """
        _ = try execute(add, [owner, votes, time])
    }

    func removeFromTally(of owner: UserID, votes: Int) throws {
        let remove = "UPDATE player_tallies SET videos = videos - 1, votes = votes - ?2 WHERE user_id = ?1"
        _ = try execute(remove, [owner, votes])
        _ = try execute("DELETE FROM player_tallies WHERE user_id = ?1 AND videos = 0", [owner])
    }

    /// Changes the count of a video and of its player because of votes that existed before. The time of the count becomes that of the last vote that counts,
    /// so that nobody can push a player behind in a tie by voting and taking the vote back.
    /// - Returns: The video's votes.
    @discardableResult
    func changeCount(of video: VideoID, by change: Int) throws -> Int {
        let videoCount = """
            UPDATE videos SET votes = votes + ?2, votes_reached_at = COALESCE(
                (SELECT MAX(created_at) FROM votes WHERE video_id = ?1 AND quarantined_at IS NULL), uploaded_at)
            WHERE id = ?1 RETURNING votes
            """
        let votes = try first(videoCount, [video, change]) { try $0.int() }
        // Locked before it is added up: else the sum could miss a vote that another transaction commits meanwhile.
        let owner = "(SELECT v.owner_id FROM videos v WHERE v.id = ?1 AND \(Self.isOpen))"
        let _: UserID? = try row("SELECT user_id FROM player_tallies WHERE user_id = \(owner)", [video]) { try $0.id() }
        let playerCount = """
            UPDATE player_tallies SET votes = votes + ?2, reached_at = COALESCE(
                (SELECT MAX(v.votes_reached_at) FROM videos v
                    WHERE v.owner_id = player_tallies.user_id AND v.votes > 0 AND \(Self.isOpen)),
                (SELECT MIN(v.processed_at) FROM videos v WHERE v.owner_id = player_tallies.user_id AND \(Self.isOpen)),
                reached_at)
            WHERE user_id = \(owner)
            """
        _ = try execute(playerCount, [video, change])
        return votes ?? 0
    }
}
