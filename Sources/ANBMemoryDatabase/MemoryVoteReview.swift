import ANBCore

extension MemoryTables {
    func voteRecords(for video: VideoID) throws -> [VoteRecord] {
        var videosOf: [UserID: Set<VideoID>] = [:]
        for line in voteEvents.values.joined() { videosOf[line.voter, default: []].insert(line.video) }
        return try votes.values.filter { $0.key.video == video }
            .sorted { ($0.castAt, $0.key.voter) < ($1.castAt, $1.key.voter) }
            .map { vote in
                VoteRecord(
                    voter: vote.key.voter, castAt: vote.castAt,
                    network: voteEvents[vote.key]?.last { $0.kind == .cast }?.network,
                    accountCreatedAt: try existingUser(vote.key.voter).createdAt,
                    videosOfVoter: videosOf[vote.key.voter]?.count ?? 0, isQuarantined: !vote.counts)
            }
    }

    func voteEvents(of voter: UserID) throws -> [VoteEvent] {
        voteEvents.values.joined().filter { $0.voter == voter }
            .sorted { ($0.at, $0.video, $0.revision) < ($1.at, $1.video, $1.revision) }
    }

    func tallyDifferences() throws -> [TallyDifference] {
        let videoDifferences = videos.values.sorted { $0.id < $1.id }.map(difference)
            .filter { ($0.board, $0.board, $0.unexplained) != ($0.votes, $0.ledger, 0) }
        let players = users.values.sorted { $0.id < $1.id }.compactMap { user -> TallyDifference? in
            let open = openVideos(of: user.id)
            let (votes, ledger) = open.map(difference).reduce((0, 0)) { ($0.0 + $1.votes, $0.1 + $1.ledger) }
            let tally = tallies[user.id]
            guard (tally?.votes ?? 0, tally?.videos ?? 0) != (votes, open.count) || votes != ledger else { return nil }
            return TallyDifference(.player(user.id), board: tally?.votes ?? 0, votes: votes, ledger: ledger)
        }
        return videoDifferences + players
    }

    func repairTally(of subject: TallyDifference.Subject) throws {
        switch subject {
        case .video(let id):
            let counted = votes.values.filter { $0.key.video == id && $0.counts }
            videos[id]?.votes = counted.count
            if let video = videos[id] { videos[id]?.votesReachedAt = counted.map(\.castAt).max() ?? video.uploadedAt }
        case .player(let id):
            let open = openVideos(of: id)
            let reachedAt =
                open.filter { $0.votes > 0 }.map(\.votesReachedAt).max() ?? open.compactMap(\.processedAt).min()
            tallies[id] = reachedAt.map {
                PlayerTally(userID: id, videos: open.count, votes: open.map(\.votes).reduce(0, +), reachedAt: $0)
            }
        }
    }

    private func openVideos(of player: UserID) -> [Video] {
        videos.values.filter { $0.ownerID == player && $0.isOpenForVoting }
    }

    private func difference(_ video: Video) -> TallyDifference {
        let counted = votes.values.filter { $0.key.video == video.id && $0.counts }
        func sum(_ lines: [VoteEvent]) -> Int { lines.map(\.kind.change).reduce(0, +) }
        return TallyDifference(
            .video(video.id), board: video.votes, votes: counted.count,
            ledger: voteEvents.values.filter { $0.first?.video == video.id }.map(sum).reduce(0, +),
            unexplained: counted.count { sum(voteEvents[$0.key] ?? []) != 1 })
    }
}
