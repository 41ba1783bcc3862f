/// How the platform is doing, on one page.
package struct PlatformStatus: Hashable, Sendable, Codable {
    /// What waits.
    package struct Waiting: Hashable, Sendable, Codable {
        /// Jobs that a worker could take now.
        package var due: Int
        /// Jobs that wait for a later retry.
        package var delayed: Int
        package var running: Int
        package var dead: Int
        /// How long the due job that waits longest could have been taken; 0 when none is due.
        package var oldestDueSeconds: Double

        enum CodingKeys: String, CodingKey {
            case due, delayed, running, dead
            case oldestDueSeconds = "oldest_due_seconds"
        }
    }

    /// From an accepted upload to the end of its work, of the videos of the last day.
    package struct Publishing: Hashable, Sendable, Codable {
        package var videos: Int
        /// `nil` without videos.
        package var halfSeconds: Double?
        package var nineteenOfTwentySeconds: Double?

        enum CodingKeys: String, CodingKey {
            case videos
            case halfSeconds = "p50_seconds"
            case nineteenOfTwentySeconds = "p95_seconds"
        }
    }

    /// Jobs that failed for the same cause.
    package struct Failure: Hashable, Sendable, Codable {
        package var fingerprint: String
        package var count: Int
        /// Of the last one.
        package var reason: String
        package var lastJobID: JobID

        enum CodingKeys: String, CodingKey {
            case fingerprint, count, reason
            case lastJobID = "last_job_id"
        }
    }

    /// Workers as the ledger knows them: one that had nothing to do lately is in neither list.
    package struct Workers: Hashable, Sendable, Codable {
        /// Have a job now.
        package var working: [String]
        /// Have none now, and ended one in the last fifteen minutes.
        package var seenLately: [String]

        enum CodingKeys: String, CodingKey {
            case working
            case seenLately = "seen_lately"
        }
    }

    /// RFC 3339.
    package var asOf: String
    package var jobs: Waiting
    /// `nil` when this process cannot see the queue.
    package var queue: QueueDepth?
    /// Why the queue could not be asked; `nil` when it was, or when there is none to ask.
    package var queueProblem: String?
    package var timeToPublish: Publishing
    /// Of dead jobs, the last one being the one that died last.
    package var failures: [Failure]
    /// Of jobs that wait for a retry, the last one being the one that waits longest.
    package var retries: [Failure]
    package var workers: Workers

    enum CodingKeys: String, CodingKey {
        case jobs, queue, failures, retries, workers
        case asOf = "as_of"
        case queueProblem = "queue_problem"
        case timeToPublish = "time_to_publish"
    }

    /// For the API's document.
    package static func example(asOf: String, lastJobID: JobID) -> PlatformStatus {
        PlatformStatus(
            asOf: asOf, jobs: Waiting(due: 3, delayed: 1, running: 2, dead: 1, oldestDueSeconds: 12.5),
            queue: QueueDepth(ready: 3, inFlight: 2, delayed: 0, dead: 0), queueProblem: "unavailable",
            timeToPublish: Publishing(videos: 240, halfSeconds: 21, nineteenOfTwentySeconds: 64.5),
            failures: [Failure(fingerprint: "5d41402a", count: 1, reason: "no decoder", lastJobID: lastJobID)],
            retries: [Failure(fingerprint: "7d793037", count: 1, reason: "the store is away", lastJobID: lastJobID)],
            workers: Workers(working: ["worker-1-42"], seenLately: ["worker-2-17"]))
    }
}
