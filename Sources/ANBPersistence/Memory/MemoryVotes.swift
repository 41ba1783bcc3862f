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
        addVotes(1, to: video, at: now)
        return true
    }

    func retractVote(by voter: UserID, for id: VideoID, at now: Timestamp) throws -> Bool {
        let key = VoteKey(voter: voter, video: id)
        guard let video = videos[id], votes[key] != nil else { return false }
        votes[key] = nil
        addVotes(-1, to: video, at: now)
        return true
    }

    private func addVotes(_ count: Int, to video: Video, at now: Timestamp) {
        videos[video.id]?.votes += count
        videos[video.id]?.votesReachedAt = now
        tallies[video.ownerID]?.votes += count
        tallies[video.ownerID]?.reachedAt = now
    }
}
