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
        try count("SELECT COUNT(*) FROM votes WHERE video_id = ?1", [video])
    }

    func retractVote(by voter: UserID, for video: VideoID, at now: Timestamp) throws -> Bool {
        // The video first, as when a vote is cast: two locks in two orders would be a deadlock.
        guard let _: VideoID = try row("SELECT id FROM videos WHERE id = ?1", [video], { try $0.id() }) else { return false }
        let retract = "DELETE FROM votes WHERE voter_id = ?1 AND video_id = ?2"
        guard try execute(retract, [voter, video]) > 0 else { return false }
        try removeVote(from: video)
        return true
    }
}
