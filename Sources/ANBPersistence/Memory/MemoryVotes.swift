import ANBCore

extension MemoryTables {
    func votedVideos(of voter: UserID, page: Page) throws -> [VideoID] {
        votes.values.filter { $0.key.voter == voter }
            .sorted { ($0.castAt, $0.key.video) > ($1.castAt, $1.key.video) }
            .page(page).map(\.key.video)
    }

    func countVotes(for video: VideoID) throws -> Int { votes.values.count { $0.key.video == video } }

    func castVotes(_ ballots: [Ballot], at now: Timestamp) throws -> [BallotOutcome] {
        ballots.map { cast($0, at: now) }
    }

    private func cast(_ ballot: Ballot, at now: Timestamp) -> BallotOutcome {
        let key = VoteKey(voter: ballot.voter, video: ballot.video)
        guard users[ballot.voter]?.isActive == true else { return .noAccount }
        guard let video = videos[ballot.video], video.isOpenForVoting else { return .notOpen }
        guard video.ownerID != ballot.voter else { return .ownVideo }
        guard votes[key] == nil else { return .castBefore }
        votes[key] = Vote(key: key, castAt: now)
        videos[video.id]?.votes += 1
        videos[video.id]?.votesReachedAt = now
        tallies[video.ownerID]?.votes += 1
        tallies[video.ownerID]?.reachedAt = now
        return .counted(votes: video.votes + 1)
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
