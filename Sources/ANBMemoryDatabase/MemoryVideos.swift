import ANBCore

extension MemoryTables {
    func video(_ id: VideoID) throws -> Video? { videos[id] }

    func videos(ownedBy owner: UserID, page: Page) throws -> [Video] {
        videos.values.filter { $0.ownerID == owner && $0.deletedAt == nil }
            .sorted { ($0.uploadedAt, $0.id) > ($1.uploadedAt, $1.id) }
            .page(page)
    }

    func countVideos(ownedBy owner: UserID) throws -> Int {
        videos.values.count { $0.ownerID == owner && $0.deletedAt == nil }
    }

    func videos(after id: VideoID?, limit: Int) throws -> [Video] {
        let later = videos.values.filter { video in video.deletedAt == nil && (id.map { $0 < video.id } ?? true) }
        return Array(later.sorted { $0.id < $1.id }.prefix(limit))
    }

    func insertVideo(_ video: Video) throws {
        if videos[video.id] != nil { throw ANBError.idTaken("video", video.id) }
        _ = try existingUser(video.ownerID)
        videos[video.id] = video
        if video.isOpenForVoting { addToTally(video, at: video.tallyTime) }
    }

    func markProcessing(_ id: VideoID) throws -> Bool {
        change(id, from: [.queued]) { $0.status = .processing }
    }

    func publish(_ id: VideoID, _ publication: Video.Publication, at now: Timestamp) throws -> Bool {
        let isPublished = change(id, from: [.queued, .processing]) { video in
            video.status = .processed
            video.publication = publication
            video.processedAt = now
            (video.failureReason, video.failureCode) = (nil, nil)
        }
        if isPublished, let video = videos[id] { addToTally(video, at: now) }
        return isPublished
    }

    func submitForReview(_ id: VideoID, _ publication: Video.Publication, at now: Timestamp) throws -> Bool {
        change(id, from: [.queued, .processing]) { video in
            video.status = .pendingReview
            video.publication = publication
            video.processedAt = now
            (video.failureReason, video.failureCode) = (nil, nil)
        }
    }

    func approve(_ id: VideoID, at now: Timestamp) throws -> Bool {
        let isPublished = change(id, from: [.pendingReview]) { video in
            video.status = .processed
            video.processedAt = now
        }
        if isPublished, let video = videos[id] { addToTally(video, at: now) }
        return isPublished
    }

    func reject(_ id: VideoID, reason: String, at now: Timestamp) throws -> Bool {
        change(id, from: [.pendingReview]) { video in
            video.status = .rejected
            (video.failureReason, video.failureCode) = (reason, .rejected)
            video.processedAt = now
        }
    }

    func fail(_ id: VideoID, code: FailureCode, reason: String, at now: Timestamp) throws -> Bool {
        change(id, from: [.queued, .processing]) { video in
            video.status = .failed
            (video.failureReason, video.failureCode) = (reason, code)
            video.processedAt = now
        }
    }

    func requeue(_ id: VideoID) throws -> Bool {
        change(id, from: [.failed]) { video in
            video.status = .queued
            (video.failureReason, video.failureCode) = (nil, nil)
            video.processedAt = nil
        }
    }

    func markDeleted(_ id: VideoID, at now: Timestamp) throws -> Bool {
        change(id, from: Set(Video.Status.allCases).subtracting([.processed])) { $0.deletedAt = now }
    }

    func withdrawVideo(_ id: VideoID, at now: Timestamp) throws -> Bool {
        guard let video = videos[id], video.deletedAt == nil else { return false }
        if video.isOpenForVoting { removeFromTally(video) }
        videos[id]?.deletedAt = now
        return true
    }

    func removeVideo(_ id: VideoID) throws {
        guard let video = videos[id] else { return }
        if video.isOpenForVoting { removeFromTally(video) }
        for vote in votes.values.filter({ $0.key.video == id }) { votes[vote.key] = nil }
        for line in voteEvents.values.compactMap(\.first).filter({ $0.video == id }) {
            voteEvents[VoteKey(voter: line.voter, video: id)] = nil
        }
        videos[id] = nil
    }

    private func change(_ id: VideoID, from states: Set<Video.Status>, _ change: (inout Video) -> Void) -> Bool {
        guard var video = videos[id], video.deletedAt == nil, states.contains(video.status) else { return false }
        change(&video)
        videos[id] = video
        return true
    }

    private func addToTally(_ video: Video, at time: Timestamp) {
        let new = PlayerTally(userID: video.ownerID, videos: 0, votes: 0, reachedAt: time)
        var tally = tallies[video.ownerID] ?? new
        tally.videos += 1
        tally.votes += video.votes
        if video.votes > 0 { tally.reachedAt = max(tally.reachedAt, time) }
        tallies[video.ownerID] = tally
    }

    private func removeFromTally(_ video: Video) {
        guard var tally = tallies[video.ownerID] else { return }
        tally.videos -= 1
        tally.votes -= video.votes
        tallies[video.ownerID] = tally.videos > 0 ? tally : nil
    }
}
