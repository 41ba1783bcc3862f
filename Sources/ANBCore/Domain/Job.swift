public import Foundation

/// One unit of background work, as the ledger knows it.
public struct Job: Hashable, Sendable {
    /// How many times longer than between its first repeats a waiting job is at most left unrung.
    public static let ringIntervalFactorMax = 10

    /// What a job does; the key under which a handler is registered.
    public struct Kind: RawRepresentable, Hashable, Sendable, Codable, CustomStringConvertible {
        /// As in the ledger and in messages.
        public let rawValue: String
        /// A kind of your own; take a name with a prefix, such as `letter.send`.
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }

        /// Make and publish a video's renditions.
        public static let processVideo = Kind(rawValue: "video.process")
        /// Remove a deleted video's objects and rows.
        public static let deleteVideo = Kind(rawValue: "video.delete")
    }

    /// Where a job is in its life.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// May run from ``Job/readyAt`` on.
        case ready
        /// A worker holds the lease.
        case running
        /// Ended well; never runs again.
        case done
        /// Ended for good without success; never runs again.
        case dead
    }

    /// Also the id of the task that clients ask about.
    public let id: JobID
    /// Which handler does it.
    public var kind: Kind
    /// What the job is about.
    public var videoID: VideoID
    /// Whose it is.
    public var userID: UserID
    /// Of the request that brought the job; in every log line about it.
    public var correlationID: String
    /// Where it is in its life.
    public var state: State
    /// When it was put into the ledger.
    public var createdAt: Timestamp
    /// Not before this time does it run.
    public var readyAt: Timestamp
    /// When a queue message was last sent. `nil` means never: the row is its own outbox entry.
    public var rungAt: Timestamp?
    /// Counts claims. Every write after a claim carries it; an older one writes nothing.
    public var fence: Int64
    /// Runs that ended with an error.
    public var failures: Int
    /// Runs whose worker stopped renewing its lease.
    public var workerDeaths: Int
    /// Who has it, or had it last.
    public var worker: String?
    /// While it runs: until when its worker holds it without another sign of life.
    public var leaseUntil: Timestamp?
    /// When the current or last run began; `nil` while the job waits.
    public var startedAt: Timestamp?
    /// How far it is.
    public var progress: JobProgress
    /// Why it was last rescheduled or buried; for operators.
    public var reason: String?
    /// When it became `done` or `dead`.
    public var finishedAt: Timestamp?

    /// The work that a new upload brings.
    init(processing video: Video) {
        self.init(
            id: video.jobID, kind: .processVideo, videoID: video.id, userID: video.ownerID, correlationID: video.correlationID,
            createdAt: video.uploadedAt)
    }

    /// Other work than the contest's, to be put into the ledger.
    /// - Parameters:
    ///   - id: New, and the same in every repeat of the transaction.
    ///   - kind: The key of its handler.
    ///   - subject: What it is about; the handler finds it in ``videoID``.
    ///   - owner: Whose it is, in ``userID``: queues with groups keep the jobs of one owner in order.
    ///   - correlationID: In every log line about it; the job's id when left out.
    ///   - createdAt: The time now; the job is ready at once.
    public init(
        id: JobID, kind: Kind, about subject: UUID, of owner: UUID, correlationID: String? = nil, createdAt: Timestamp
    ) {
        self.init(
            id: id, kind: kind, videoID: VideoID(subject), userID: UserID(owner),
            correlationID: correlationID ?? id.description, createdAt: createdAt)
    }

    /// A job as it is in the ledger; a new one needs the first six values only.
    public init(
        id: JobID, kind: Kind, videoID: VideoID, userID: UserID, correlationID: String, createdAt: Timestamp,
        state: State = .ready, readyAt: Timestamp? = nil, rungAt: Timestamp? = nil, fence: Int64 = 0, failures: Int = 0,
        workerDeaths: Int = 0, worker: String? = nil, leaseUntil: Timestamp? = nil,
        startedAt: Timestamp? = nil, progress: JobProgress = JobProgress(stage: .queued), reason: String? = nil,
        finishedAt: Timestamp? = nil
    ) {
        self.id = id
        self.kind = kind
        self.videoID = videoID
        self.userID = userID
        self.correlationID = correlationID
        self.createdAt = createdAt
        self.state = state
        self.readyAt = readyAt ?? createdAt
        self.rungAt = rungAt
        self.fence = fence
        self.failures = failures
        self.workerDeaths = workerDeaths
        self.worker = worker
        self.leaseUntil = leaseUntil
        self.startedAt = startedAt
        self.progress = progress
        self.reason = reason
        self.finishedAt = finishedAt
    }

    /// Which run this is or was, from 1; 0 before the first.
    public var attempt: Int { Int(fence) }

    /// Seconds until the current run is expected to end, 0 when it takes longer than expected; `nil` when it does not run
    /// or is too young to tell.
    public func secondsLeft(at now: Timestamp) -> Double? {
        guard state == .running, let end = progress.expectedEnd else { return nil }
        return max(0, (end - now).inSeconds)
    }
}

extension JobID {
    /// The job that makes a new video has the video's id: clients take the task of an upload's answer for the video, as they may
    /// where there are only tasks.
    static func first(of video: VideoID) -> JobID { JobID(video.uuid) }
}

/// How far a job is.
public struct JobProgress: Hashable, Sendable {
    /// What a run is doing, in this order.
    public enum Stage: String, Hashable, Sendable, Codable, CaseIterable {
        /// The names that clients see.
        case queued, downloading, probing, transcoding, uploading, processed, failed
    }

    /// What is being done.
    public var stage: Stage
    /// 0…1 within the stage.
    public var fraction: Double
    /// When the run should end, if it goes on as fast as until now; the runner tells it, a handler need not.
    public var expectedEnd: Timestamp?

    /// A place within a stage.
    public init(stage: Stage, fraction: Double = 0, expectedEnd: Timestamp? = nil) {
        self.stage = stage
        self.fraction = fraction
        self.expectedEnd = expectedEnd
    }

    /// 0…1 over all stages, non-decreasing along them; transcoding is what takes the time.
    public var overall: Double {
        let (start, end) =
            switch stage {
            case .queued: (0.0, 0.0)
            case .downloading: (0.0, 0.02)
            case .probing: (0.02, 0.03)
            case .transcoding: (0.03, 0.98)
            case .uploading: (0.98, 1.0)
            case .processed: (1.0, 1.0)
            case .failed: (0.0, 0.0)
            }
        return start + (end - start) * min(max(fraction, 0), 1)
    }
}

/// When the ledger gives up on a job. Failures and worker deaths are counted apart: a file that kills workers
/// must end and a store that is away for a minute must not end it. The decoder is a process of its own whose crash
/// is a failure, so a worker death is rarely the job's fault and the limit for it is generous.
public struct AttemptLimits: Hashable, Sendable {
    /// Runs that end with an error before the job is dead.
    public var failuresMax: Int
    /// The same for errors that ask to be retried later: a dependency is away, which is not the job's fault. With the
    /// runner's delays it is about an hour.
    public var outageFailuresMax: Int
    /// Runs whose worker vanished before the job is dead.
    public var workerDeathsMax: Int

    /// Limits of at least 1 each.
    public init(failuresMax: Int = 5, outageFailuresMax: Int = 120, workerDeathsMax: Int = 20) {
        self.failuresMax = failuresMax
        self.outageFailuresMax = outageFailuresMax
        self.workerDeathsMax = workerDeathsMax
    }
}

/// The ledger's answer to a worker that was rung.
public enum ClaimOutcome: Hashable, Sendable {
    /// The job is the caller's until its lease ends; its fence goes with every later write.
    case claimed(Job)
    /// Another worker's lease holds until then.
    case heldByOther(until: Timestamp)
    /// The job waits for a retry until then.
    case notReady(until: Timestamp)
    /// Too many workers died on it: it is dead now, buried by this very claim.
    case buried(Job)
    /// Done or dead before; nothing to do.
    case alreadyFinal
    /// No such job.
    case unknown
}
