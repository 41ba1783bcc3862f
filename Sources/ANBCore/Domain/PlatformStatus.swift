/// How the platform is doing, on one page.
public struct PlatformStatus: Hashable, Sendable, Codable {
    /// What waits.
    public struct Waiting: Hashable, Sendable, Codable {
        /// Jobs that a worker could take now.
        public var due: Int
        /// Jobs that wait for a later retry.
        public var delayed: Int
        public var running: Int
        public var dead: Int
        /// How long the due job that waits longest could have been taken; 0 when none is due.
        public var oldestDueSeconds: Double

        public init(due: Int, delayed: Int, running: Int, dead: Int, oldestDueSeconds: Double) {
            self.due = due
            self.delayed = delayed
            self.running = running
            self.dead = dead
            self.oldestDueSeconds = oldestDueSeconds
        }

        enum CodingKeys: String, CodingKey {
            case due, delayed, running, dead
            case oldestDueSeconds = "oldest_due_seconds"
        }
    }

    /// Messages of the queue, as far as it tells.
    public struct Messages: Hashable, Sendable, Codable {
        public var ready: Int
        public var inFlight: Int
        public var delayed: Int
        public var dead: Int

        public init(ready: Int, inFlight: Int, delayed: Int, dead: Int) {
            self.ready = ready
            self.inFlight = inFlight
            self.delayed = delayed
            self.dead = dead
        }

        enum CodingKeys: String, CodingKey {
            case ready, delayed, dead
            case inFlight = "in_flight"
        }
    }

    /// From an accepted upload to the end of its work, of the videos of the last day.
    public struct Publishing: Hashable, Sendable, Codable {
        public var videos: Int
        /// `nil` without videos.
        public var halfSeconds: Double?
        public var nineteenOfTwentySeconds: Double?

        public init(videos: Int, halfSeconds: Double? = nil, nineteenOfTwentySeconds: Double? = nil) {
            self.videos = videos
            self.halfSeconds = halfSeconds
            self.nineteenOfTwentySeconds = nineteenOfTwentySeconds
        }

        enum CodingKeys: String, CodingKey {
            case videos
            case halfSeconds = "p50_seconds"
            case nineteenOfTwentySeconds = "p95_seconds"
        }
    }

    /// Dead jobs that died of the same cause.
    public struct Failure: Hashable, Sendable, Codable {
        public var fingerprint: String
        public var count: Int
        /// Of the one that died last.
        public var reason: String
        public var lastJobID: JobID

        public init(fingerprint: String, count: Int, reason: String, lastJobID: JobID) {
            self.fingerprint = fingerprint
            self.count = count
            self.reason = reason
            self.lastJobID = lastJobID
        }

        enum CodingKeys: String, CodingKey {
            case fingerprint, count, reason
            case lastJobID = "last_job_id"
        }
    }

    /// Workers as the ledger knows them: one that had nothing to do lately is in neither list.
    public struct Workers: Hashable, Sendable, Codable {
        /// Have a job now.
        public var working: [String]
        /// Have none now, and ended one in the last fifteen minutes.
        public var seenLately: [String]

        public init(working: [String], seenLately: [String]) {
            self.working = working
            self.seenLately = seenLately
        }

        enum CodingKeys: String, CodingKey {
            case working
            case seenLately = "seen_lately"
        }
    }

    /// RFC 3339.
    public var asOf: String
    public var jobs: Waiting
    /// `nil` when this process cannot see the queue.
    public var queue: Messages?
    /// Why the queue could not be asked; `nil` when it was, or when there is none to ask.
    public var queueProblem: String?
    public var timeToPublish: Publishing
    public var failures: [Failure]
    public var workers: Workers

    public init(
        asOf: String, jobs: Waiting, queue: Messages? = nil, queueProblem: String? = nil, timeToPublish: Publishing,
        failures: [Failure], workers: Workers
    ) {
        self.asOf = asOf
        self.jobs = jobs
        self.queue = queue
        self.queueProblem = queueProblem
        self.timeToPublish = timeToPublish
        self.failures = failures
        self.workers = workers
    }

    enum CodingKeys: String, CodingKey {
        case jobs, queue, failures, workers
        case asOf = "as_of"
        case queueProblem = "queue_problem"
        case timeToPublish = "time_to_publish"
    }
}
