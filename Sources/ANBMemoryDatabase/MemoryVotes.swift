import ANBCore

extension MemoryTables {
    func votedVideos(of voter: UserID, page: Page) throws -> [VideoID] {
        votes.values.filter { $0.key.voter == voter }
            .sorted { ($0.castAt, $0.key.video) > ($1.castAt, $1.key.video) }
            .page(page).map(\.key.video)
    }

    func countVotes(for video: VideoID) throws -> Int { votes.values.count { $0.key.video == video && $0.counts } }

    func hasVote(of voter: UserID, for video: VideoID) throws -> Bool { votes[VoteKey(voter: voter, video: video)] != nil }

    func castVotes(_ ballots: [Ballot], in phase: VotingPhase) throws -> [Int?] { ballots.map { cast($0, in: phase) } }

    private func cast(_ ballot: Ballot, in phase: VotingPhase) -> Int? {
        let key = VoteKey(voter: ballot.voter, video: ballot.video)
        guard phase.contains(ballot.at), let video = videos[key.video], video.isOpenForVoting, video.ownerID != key.voter,
            users[key.voter]?.isActive == true, votes[key] == nil
        else { return nil }
        votes[key] = Vote(key: key, castAt: ballot.at)
        note(.cast, of: key, by: .voter, reason: "", at: ballot.at, network: ballot.network)
        videos[key.video]?.votes += 1
        videos[key.video]?.votesReachedAt = ballot.at
        tallies[video.ownerID]?.votes += 1
        tallies[video.ownerID]?.reachedAt = ballot.at
        return video.votes + 1
    }

    func retractVote(by voter: UserID, for video: VideoID, at now: Timestamp, in phase: VotingPhase) throws -> Int? {
        let key = VoteKey(voter: voter, video: video)
        guard phase.contains(now), videos[video] != nil, votes[key]?.counts == true else { return nil }
        votes[key] = nil
        note(.retracted, of: key, by: .voter, reason: "", at: now)
        return changeCount(of: video, by: -1)
    }

    func quarantineVotes(
        of voters: [UserID], for video: VideoID, by actor: AuditEvent.Actor, reason: String, at now: Timestamp
    ) throws -> Int {
        let keys = voters.map { VoteKey(voter: $0, video: video) }.filter { votes[$0]?.counts == true }
        for key in keys {
            votes[key]?.quarantinedAt = now
            note(.quarantined, of: key, by: actor, reason: reason, at: now)
        }
        changeCount(of: video, by: -keys.count)
        return keys.count
    }

    func restoreVotes(
        of voters: [UserID], for video: VideoID, by actor: AuditEvent.Actor, reason: String, at now: Timestamp
    ) throws -> Int {
        let keys = voters.map { VoteKey(voter: $0, video: video) }.filter { votes[$0]?.counts == false }
        for key in keys {
            votes[key]?.quarantinedAt = nil
            note(.restored, of: key, by: actor, reason: reason, at: now)
        }
        changeCount(of: video, by: keys.count)
        return keys.count
    }

    /// Because of votes that existed before; the time becomes that of the last vote that counts.
    @discardableResult
    private func changeCount(of id: VideoID, by change: Int) -> Int {
        guard let video = videos[id], change != 0 else { return videos[id]?.votes ?? 0 }
        let last = votes.values.filter { $0.key.video == id && $0.counts }.map(\.castAt).max()
        videos[id]?.votes += change
        videos[id]?.votesReachedAt = last ?? video.uploadedAt
        guard video.isOpenForVoting else { return video.votes + change }
        let open = videos.values.filter { $0.ownerID == video.ownerID && $0.isOpenForVoting }
        let reachedAt =
            open.filter { $0.votes > 0 }.map(\.votesReachedAt).max() ?? open.compactMap(\.processedAt).min()
        tallies[video.ownerID]?.votes += change
        if let reachedAt { tallies[video.ownerID]?.reachedAt = reachedAt }
        return video.votes + change
    }

    private func note(
        _ kind: VoteEvent.Kind, of key: VoteKey, by actor: AuditEvent.Actor, reason: String, at now: Timestamp,
        network: String? = nil
    ) {
        let lines = voteEvents[key] ?? []
        let line = VoteEvent(
            voter: key.voter, video: key.video, revision: lines.count + 1, kind: kind, at: now, actor: actor, reason: reason,
            network: network)
        voteEvents[key] = lines + [line]
    }
}
