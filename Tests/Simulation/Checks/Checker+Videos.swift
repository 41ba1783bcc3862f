import ANBCore

extension Checker {
    /// One step of one video, and what must come with it in the same commit.
    func check(_ old: Video?, _ new: Video?, in commit: Commit) {
        guard let new else {
            let isTold = commit.jobs.contains {
                $0.1?.kind == .deleteVideo && $0.1?.videoID == old?.id && $0.1?.state == .done
            }
            counts[.videosDeleted] += 1
            return require(old?.deletedAt != nil && isTold, .edges, "video \(name(old?.id)) is removed, nobody deleted it")
        }
        guard let old else { return checkBirth(new, in: commit) }
        require(
            old.ownerID == new.ownerID && old.title == new.title && old.originalKey == new.originalKey
                && old.originalSHA256 == new.originalSHA256 && old.jobID == new.jobID, .edges,
            "video \(new.id) is another one now")
        if old.deletedAt != new.deletedAt { checkTombstone(old, new, in: commit) }
        if old.status != new.status { checkStatus(old, new, in: commit) }
        require(old.status == new.status || new.deletedAt == nil, .edges, "video \(new.id) goes on after its deletion")
    }

    private func checkBirth(_ video: Video, in commit: Commit) {
        require(video.status == .queued && video.deletedAt == nil, .edges, "video \(video.id) begins as \(video.status)")
        require(
            commit.change(of: video.jobID)?.new?.state == .ready, .endsWell, "video \(video.id) is committed without a job")
        require(
            rows.uploads[video.id]?.state == .committed, .edges, "video \(video.id) is committed, its upload is not")
        require(
            objects.entries[video.originalKey].map { Clip.digest($0.bytes) } == video.originalSHA256, .noMissingObjects,
            "video \(video.id) is committed without its original")
    }

    private func checkTombstone(_ old: Video, _ new: Video, in commit: Commit) {
        require(
            old.deletedAt == nil && old.status != .processed, .edges,
            "video \(new.id) is \(old.status), deleted at \(name(old.deletedAt)), and is deleted again")
        require(
            commit.jobs.contains { $0.0 == nil && $0.1?.kind == .deleteVideo && $0.1?.videoID == new.id },
            .deletedLeavesNothing, "video \(new.id) is deleted without a job")
    }

    private func checkStatus(_ old: Video, _ new: Video, in commit: Commit) {
        let job = commit.change(of: new.jobID)
        switch (old.status, new.status) {
        case (.queued, .processing): break
        case (.queued, .processed) where !isModerated, (.processing, .processed) where !isModerated,
            (.queued, .pendingReview) where isModerated, (.processing, .pendingReview) where isModerated:
            checkPublication(new, job?.old, job?.new)
        case (.pendingReview, .processed), (.pendingReview, .rejected):
            counts[.videosDecided] += 1
            require(old.publication == new.publication, .publishedByHolder, "video \(new.id) is decided as another one")
            require(
                new.status == .processed || !(new.failureReason ?? "").isEmpty, .endsWell,
                "video \(new.id) is rejected without a reason")
        case (.queued, .failed), (.processing, .failed):
            counts[.videosFailed] += 1
            require(job?.new?.state == .dead, .endsWell, "video \(new.id) failed, its job did not")
            require(!(new.failureReason ?? "").isEmpty, .endsWell, "video \(new.id) failed without a reason")
        case (.failed, .queued):
            require(
                job?.old?.state == .dead && job?.new?.state == .ready, .edges, "video \(new.id) waits again without a job")
        default: violated(.edges, "video \(new.id): \(old.status) to \(new.status)")
        }
    }

    private func checkPublication(_ video: Video, _ before: Job?, _ job: Job?) {
        counts[.videosPublished] += 1
        guard let before, let job, before.state == .running, job.state == .done else {
            return violated(.publishedByHolder, "video \(video.id) is published, its job is \(name(job?.state))")
        }
        let prefix = "\(ObjectKey.publicationsPrefix(of: video.id))\(job.fence)-"
        let keys = video.publication?.keys ?? []
        require(
            keys.count == 4 && keys.allSatisfy { $0.description.hasPrefix(prefix) }, .publishedByHolder,
            "video \(video.id) has \(keys) while its job's fence is \(job.fence)")
        let original = objects.entries[video.originalKey]?.bytes ?? []
        for key in keys {
            let name = String(key.description.split(separator: "/").last ?? "")
            guard let entry = objects.entries[key] else {
                violated(.noMissingObjects, "video \(video.id) is published without \(key)")
                continue
            }
            require(
                entry.bytes == Clip.output(name, of: original), .publishedByHolder, "\(key) was made from another video")
        }
        require(Clip.kind(of: original) != .poison, .endsWell, "video \(video.id) is published, it cannot be decoded")
    }

    /// A video that is not at its end has a job that is not, and its tally is right.
    func checkPair(_ id: VideoID) {
        guard let video = rows.videos[id] else { return }
        require(
            video.votes == rows.voteCounts[id, default: 0], .tally,
            "video \(id) shows \(video.votes) votes and has \(rows.voteCounts[id, default: 0])")
        if video.deletedAt != nil { return }
        let job = rows.jobs[video.jobID]?.state
        let fits =
            switch video.status {
            case .queued, .processing: job == .ready || job == .running
            case .processed, .pendingReview, .rejected: job == .done
            case .failed: job == .dead
            }
        require(fits, .endsWell, "video \(id) is \(video.status), its job is \(name(job))")
    }
}
