import ANBCore

/// A video in its owner's list.
struct VideoListAnswer: Encodable {
    var videoID: VideoID
    var title: String
    var status: Video.Status
    var uploadedAt: String
    var processedAt: String?
    var processedURL: String?
}

/// A video as its owner sees it alone.
struct VideoDetailAnswer: Encodable {
    var videoID: VideoID
    var title: String
    var status: Video.Status
    var uploadedAt: String
    var processedAt: String?
    var originalURL: String
    var processedURL: String?
    /// By name: `720p`, `480p`.
    var renditions: [String: String]
    var thumbnailURL: String?
    var votes: Int
    var durationSeconds: Double
    /// Percent.
    var progress: Int?
    var error: String?
    /// The same as a stable name.
    var failureCode: FailureCode?
}

/// A published video as the public sees it.
struct PublicVideoAnswer: Encodable {
    var videoID: VideoID
    var title: String
    var username: String
    var playerName: String
    var city: String
    var processedURL: String?
    var thumbnailURL: String?
    var votes: Int
}

/// A video as a moderator sees it.
struct ReviewAnswer: Encodable {
    var videoID: VideoID
    var title: String
    var username: String
    var playerName: String
    var city: String
    var uploadedAt: String
    var processedURL: String?
    var thumbnailURL: String?
}

/// The answer to a moderator's decision.
struct DecisionAnswer: Encodable {
    var message: String
    var videoID: VideoID
    var status: Video.Status
}

/// The answer to an upload.
struct UploadAnswer: Encodable {
    let message = "The video was uploaded and is being processed."
    var videoID: VideoID
    var taskID: JobID
}

/// The answer to a deletion.
struct DeletionAnswer: Encodable {
    let message = "The video was deleted."
    var videoID: VideoID
}

/// Where a task is.
struct TaskAnswer: Encodable {
    var taskID: JobID
    var videoID: VideoID
    var status: Video.Status
    var stage: JobProgress.Stage
    /// Percent.
    var progress: Int
    var attempt: Int
    /// 1 is next.
    var positionInQueue: Int?
    /// Whole seconds until the current run ends.
    var etaSeconds: Int?
    var error: String?
    /// The same as a stable name.
    var failureCode: FailureCode?
}

extension TaskAnswer {
    init(_ status: VideoLibrary.TaskStatus) {
        let (job, video) = (status.job, status.video)
        self.init(
            taskID: video.jobID, videoID: video.id, status: video.status, stage: Self.stage(of: video, job),
            progress: video.status.isMade ? 100 : job?.progress.percent ?? 0, attempt: job?.attempt ?? 0,
            positionInQueue: status.positionInQueue, etaSeconds: status.secondsLeft.map { Int($0.rounded()) },
            error: video.failureReason, failureCode: video.failureCode)
    }

    /// The video's row has the last word: the job may be finished a moment later or be forgotten.
    private static func stage(of video: Video, _ job: Job?) -> JobProgress.Stage {
        switch video.status {
        case .processed, .pendingReview, .rejected: .processed
        case .failed: .failed
        case .queued: job?.progress.stage ?? .queued
        case .processing: job.map(Self.stage) ?? .queued
        }
    }

    /// A run that has told nothing yet fetches its file.
    private static func stage(of job: Job) -> JobProgress.Stage {
        job.state == .running && job.progress.stage == .queued ? .downloading : job.progress.stage
    }
}

/// The answer to a vote given or taken back.
struct VoteAnswer: Encodable {
    var message: String
    var videoID: VideoID
    var votes: Int
}

/// One of the caller's votes.
struct MyVoteAnswer: Encodable {
    var videoID: VideoID
}

/// A line of the ranking.
struct RankingAnswer: Encodable {
    var position: Int
    var username: String
    var city: String
    var votes: Int
}

/// A city with published videos.
struct CityAnswer: Encodable {
    var city: String
    var videos: Int
}

extension JobProgress {
    /// Whole percent of all the work; 100 means done.
    var percent: Int { overall >= 1 ? 100 : min(99, Int((overall * 100).rounded())) }
}
