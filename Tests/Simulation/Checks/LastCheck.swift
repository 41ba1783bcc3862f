import ANBCore

/// Compares what people were told with what is there, when nothing is under way any more.
struct LastCheck {
    let world: World
    let journal: Journal

    private var checker: Checker { world.checker }
    private var rows: Rows { world.checker.rows }

    func run() {
        for upload in journal.uploads { check(upload) }
        for video in rows.sortedVideos { check(video) }
        for id in journal.deletions.keys.sorted() where journal.deletions[id]?.isAcknowledged == true { checkDeleted(id) }
        checkObjects()
        checkVotes()
    }

    // MARK: - Uploads

    private func check(_ upload: Journal.Upload) {
        let made = rows.sortedVideos.filter { $0.ownerID == upload.owner && $0.title == upload.title }
        let live = made.filter { $0.deletedAt == nil }
        checker.require(
            live.count <= (upload.key == nil ? upload.attempts : 1), .oneVideoPerUpload,
            "\(upload.title) was sent \(upload.attempts) times and is \(live.count) videos")
        checker.require(
            upload.clip.kind != .unreadable || made.isEmpty, .endsWell, "\(upload.title) is not a video and was taken")
        for answer in upload.answers where journal.deletions[answer.videoID] == nil {
            checker.require(
                live.contains { $0.id == answer.videoID }, .acknowledgedExists,
                "\(upload.title) was accepted as \(answer.videoID), which is lost")
        }
        for video in live { checkEnd(of: video, upload.clip.kind) }
    }

    private func checkEnd(of video: Video, _ kind: Clip.Kind) {
        switch video.status {
        case .queued, .processing: checker.violated(.endsWell, "video \(video.id) is stuck as \(video.status)")
        case .processed, .pendingReview, .rejected:
            checker.require(kind == .good, .endsWell, "video \(video.id) is \(kind) and published")
        case .failed:
            guard kind != .poison, let job = rows.jobs[video.jobID] else { return }
            checker.require(
                job.failures >= checker.attempts.failuresMax || job.workerDeaths >= checker.attempts.workerDeathsMax,
                .endsWell,
                "video \(video.id) failed after \(job.failures) failures, \(job.workerDeaths) worker deaths: "
                    + (job.reason ?? ""))
        }
    }

    private func check(_ video: Video) {
        let wanted = journal.uploads.first { $0.owner == video.ownerID && $0.title == video.title }
        checker.require(
            wanted.map { Clip.digest($0.clip.bytes) } == video.originalSHA256, .oneVideoPerUpload,
            "nobody uploaded video \(video.id)")
        guard video.deletedAt != nil else { return }
        let isDead = rows.jobs.values.contains { $0.kind == .deleteVideo && $0.videoID == video.id && $0.state == .dead }
        checker.require(isDead, .deletedLeavesNothing, "the row of the deleted video \(video.id) stays")
    }

    private func checkDeleted(_ id: VideoID) {
        checker.require(
            rows.videos[id].map { $0.deletedAt != nil } ?? true, .deletedLeavesNothing, "video \(id) was deleted and is back")
        let rest = world.objects.keys.filter { $0.videoID == id }
        checker.require(rest.isEmpty, .deletedLeavesNothing, "of the deleted video \(id) there is \(rest)")
    }

    // MARK: - Objects

    private func checkObjects() {
        let (there, needed) = (world.objects.keys, rows.neededKeys)
        let (orphans, missing) = (there.filter { !needed.contains($0) }, needed.filter { !there.contains($0) })
        checker.require(orphans.isEmpty, .noOrphans, "\(orphans)")
        checker.require(missing.isEmpty, .noMissingObjects, "\(missing)")
        for video in rows.sortedVideos where video.deletedAt == nil {
            checker.require(
                world.objects.entries[video.originalKey].map { Clip.digest($0.bytes) } == video.originalSHA256,
                .noMissingObjects, "the original of \(video.id) is another one")
        }
    }

    // MARK: - Votes

    private func checkVotes() {
        for key in Set(journal.votes.keys).union(rows.votes).sorted(by: { ($0.video, $0.voter) < ($1.video, $1.voter) }) {
            let history = journal.votes[key] ?? VoteHistory()
            checker.require(
                history.explains(isLive: rows.votes.contains(key)), .votes,
                "voter \(key.voter), video \(key.video), live: \(rows.votes.contains(key)): \(history.operations)")
        }
    }

    /// As the public sees it.
    func check(_ ranking: [RankingEntry], _ videos: [PublicVideo]) {
        let open = rows.sortedVideos.filter(\.isOpenForVoting)
        checker.require(Set(videos.map(\.video)) == Set(open), .ranking, "the public sees \(videos.count) of \(open.count)")
        var sums: [String: Int] = [:]
        for video in videos { sums["\(video.username)", default: 0] += rows.voteCounts[video.video.id, default: 0] }
        checker.require(
            Dictionary(ranking.map { ($0.username, $0.votes) }) { $0 + $1 } == sums, .ranking,
            "\(ranking) instead of \(sums)")
        checker.require(
            ranking.map(\.position) == Array(1..<ranking.count + 1)
                && zip(ranking, ranking.dropFirst()).allSatisfy { $0.votes >= $1.votes }, .ranking, "\(ranking)")
    }
}
