import ANBCore

extension MemoryTables {
    func votedVideos(of voter: UserID, page: Page) throws -> [VideoID] {
        votes.values.filter { $0.key.voter == voter }
            .sorted { ($0.castAt, $0.key.video) > ($1.castAt, $1.key.video) }
            .page(page).map(\.key.video)
    }

    func countVotes(for video: VideoID) throws -> Int { votes.values.count { $0.key.video == video } }

    func castVote(by voter: UserID, for id: VideoID, at now: Timestamp) throws -> Bool {
        let key = VoteKey(voter: voter, video: id)
        guard let video = videos[id], video.isOpenForVoting, votes[key] == nil else { return false }
        _ = try existingUser(voter)
        votes[key] = Vote(key: key, castAt: now)
        videos[id]?.votes += 1
        videos[id]?.votesReachedAt = now
        tallies[video.ownerID]?.votes += 1
        tallies[video.ownerID]?.reachedAt = now
        return true
    }

    func retractVote(by voter: UserID, for id: VideoID, at now: Timestamp) throws -> Bool {
        let key = VoteKey(voter: voter, video: id)
        guard let video = videos[id], votes[key] != nil else { return false }
        votes[key] = nil
        videos[id]?.votes -= 1
        videos[id]?.votesReachedAt = votes.values.filter { $0.key.video == id }.map(\.castAt).max() ?? video.uploadedAt
        let published = videos.values.filter { $0.ownerID == video.ownerID && $0.isOpenForVoting }
        let last = published.filter { $0.votes > 0 }.map(\.votesReachedAt).max() ?? published.compactMap(\.processedAt).min()
        tallies[video.ownerID]?.votes -= 1
        if let last { tallies[video.ownerID]?.reachedAt = last }
        return true
    }
}
