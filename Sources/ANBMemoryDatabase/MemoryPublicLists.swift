import ANBCore

extension MemoryTables {
    func publicVideos(_ query: PublicVideoQuery) throws -> [PublicVideo] {
        let sort = query.sort
        let all = openVideos(cityKey: query.cityKey)
            .sorted { sort.isOrdered($0.position(in: sort), $1.position(in: sort)) }
        guard let last = query.after else { return try all.page(query.page).map(publicVideo) }
        return try all.filter { sort.isOrdered(last, $0.position(in: sort)) }
            .prefix(query.page.limit).map(publicVideo)
    }

    func publicVideo(_ id: VideoID) throws -> PublicVideo? {
        guard let video = videos[id], video.isOpenForVoting else { return nil }
        return try publicVideo(video)
    }

    func countPublicVideos(cityKey: String?) throws -> Int { openVideos(cityKey: cityKey).count }

    func videosToReview(page: Page) throws -> [PublicVideo] {
        try waitingVideos.sorted { ($0.processedAt ?? $0.uploadedAt, $0.id) < ($1.processedAt ?? $1.uploadedAt, $1.id) }
            .page(page).map(publicVideo)
    }

    func countVideosToReview() throws -> Int { waitingVideos.count }

    private var waitingVideos: [Video] { videos.values.filter { $0.status == .pendingReview && $0.deletedAt == nil } }

    func ranking(cityKey: String?, page: Page) throws -> [RankingEntry] {
        let players = tallies.values.filter { cityKey == nil || users[$0.userID]?.city.key == cityKey }
        let ordered = players.sorted { ($1.votes, $0.reachedAt, $0.userID) < ($0.votes, $1.reachedAt, $1.userID) }
        return try ordered.page(page).enumerated().map { index, tally in
            let user = try existingUser(tally.userID)
            return RankingEntry(
                position: page.offset + index + 1, username: user.username, city: user.city.name, votes: tally.votes)
        }
    }

    func cities() throws -> [CityCount] {
        let counts = try tallies.values.map { (city: try existingUser($0.userID).city, videos: $0.videos) }
        return CityCount.merged(counts)
    }

    private func openVideos(cityKey: String?) -> [Video] {
        videos.values.filter { video in
            video.isOpenForVoting && (cityKey == nil || users[video.ownerID]?.city.key == cityKey)
        }
    }

    private func publicVideo(_ video: Video) throws -> PublicVideo {
        let owner = try existingUser(video.ownerID)
        return PublicVideo(
            video: video, username: owner.username, playerName: owner.playerName, city: owner.city.name)
    }
}

extension Video {
    fileprivate func position(in sort: PublicVideoQuery.Sort) -> PublicVideoQuery.Position {
        switch sort {
        case .votes: .init(votes: votes, at: votesReachedAt, id: id)
        case .new: .init(votes: votes, at: processedAt ?? uploadedAt, id: id)
        }
    }
}

extension PublicVideoQuery.Sort {
    fileprivate func isOrdered(_ left: PublicVideoQuery.Position, _ right: PublicVideoQuery.Position) -> Bool {
        switch self {
        case .votes: (right.votes, left.at, left.id) < (left.votes, right.at, right.id)
        case .new: (left.at, left.id) > (right.at, right.id)
        }
    }
}
