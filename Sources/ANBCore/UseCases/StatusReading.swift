/// Reads how the platform is doing, from what the ledger and the queue say of themselves.
package struct StatusReading: Sendable {
    /// Ended jobs that are looked at.
    private static let jobsMax = 10_000
    private static let failuresMax = 20
    private static let publishingWindow = Duration.seconds(24 * 3600)
    private static let workerWindow = Duration.seconds(15 * 60)
    private static let queueWait = Duration.seconds(3)

    private let database: any Database
    private let queue: (any JobQueue)?
    private let clock: any WallClock

    /// - Parameter queue: `nil` when this process cannot see it.
    package init(database: any Database, queue: (any JobQueue)?, clock: any WallClock = SystemClock()) {
        self.database = database
        self.queue = queue
        self.clock = clock
    }

    /// - Throws: ``ANBError`` when the database does not answer. A queue that does not is said in the status.
    package func read() async throws -> PlatformStatus {
        let now = clock.now
        var status = try await database.read { scope in
            let ended = try scope.endedJobs(since: now - Self.publishingWindow, limit: Self.jobsMax)
            return PlatformStatus(
                asOf: now.description, jobs: PlatformStatus.Waiting(try scope.backlog(now: now), at: now),
                timeToPublish: PlatformStatus.Publishing(ended),
                failures: Self.failures(try scope.deadJobs(limit: DeadWork.entriesMax)),
                retries: Self.failures(try scope.delayedJobs(now: now, limit: Self.jobsMax).filter { $0.reason != nil }),
                workers: Self.workers(try scope.runningJobs(now: now, limit: Self.jobsMax), ended, at: now))
        }
        guard let queue else { return status }
        do {
            status.queue = try await withTimeout(Self.queueWait, clock: clock, doing: "asking the queue") {
                try await queue.depth()
            }
        } catch {
            status.queueProblem = (error as? ANBError)?.code.description ?? "failed"
        }
        return status
    }

    /// - Parameter jobs: The last one of a cause speaks for it.
    private static func failures(_ jobs: [Job]) -> [PlatformStatus.Failure] {
        var failures: [String: PlatformStatus.Failure] = [:]
        for job in jobs {
            let reason = job.reason ?? ""
            let fingerprint = FailureFingerprint.of(reason)
            let count = (failures[fingerprint]?.count ?? 0) + 1
            failures[fingerprint] = PlatformStatus.Failure(
                fingerprint: fingerprint, count: count, reason: reason, lastJobID: job.id)
        }
        return failures.values.sorted { ($0.count, $1.fingerprint) > ($1.count, $0.fingerprint) }.prefix(failuresMax).map { $0 }
    }

    private static func workers(_ running: [Job], _ ended: [Job], at now: Timestamp) -> PlatformStatus.Workers {
        let working = Set(running.compactMap(\.worker))
        let lately = Set(ended.filter { $0.finishedAt.map { $0 > now - workerWindow } ?? false }.compactMap(\.worker))
        return PlatformStatus.Workers(working: working.sorted(), seenLately: lately.subtracting(working).sorted())
    }
}

extension PlatformStatus.Waiting {
    fileprivate init(_ backlog: Backlog, at now: Timestamp) {
        self.init(
            due: backlog.due, delayed: backlog.delayed, running: backlog.running, dead: backlog.dead,
            oldestDueSeconds: backlog.oldestDueAt.map { max(0, (now - $0).inSeconds) } ?? 0)
    }
}

extension PlatformStatus.Publishing {
    fileprivate init(_ ended: [Job]) {
        let seconds = ended.filter { $0.kind == .processVideo && $0.state == .done }
            .compactMap { job in job.finishedAt.map { max(0, ($0 - job.createdAt).inSeconds) } }.sorted()
        /// The smallest of which that share is no larger.
        func quantile(_ share: Double) -> Double? {
            seconds.isEmpty ? nil : seconds[min(seconds.count - 1, Int((Double(seconds.count) * share).rounded(.up)) - 1)]
        }
        self.init(videos: seconds.count, halfSeconds: quantile(0.5), nineteenOfTwentySeconds: quantile(0.95))
    }
}
