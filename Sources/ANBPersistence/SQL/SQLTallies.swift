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

    /// Raises or lowers the count of a video and of its player.
    func addVotes(_ count: Int, to video: VideoID, at now: Timestamp) throws {
        let videoCount = "UPDATE videos SET votes = votes + ?2, votes_reached_at = ?3 WHERE id = ?1"
        _ = try execute(videoCount, [video, count, now])
        let playerCount = """
            UPDATE player_tallies SET votes = votes + ?2, reached_at = ?3
            WHERE user_id = (SELECT owner_id FROM videos WHERE id = ?1)
            """
        _ = try execute(playerCount, [video, count, now])
    }
}
