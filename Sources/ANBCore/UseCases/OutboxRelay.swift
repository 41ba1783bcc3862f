public import Logging

/// Rings the queue for every job that should run and that nobody was told of: jobs whose first message never left,
/// jobs whose message was lost, retries that became due, jobs whose worker died.
///
/// A job row is its own outbox entry: `rungAt` is empty until a message was sent. Ringing twice is harmless.
public struct OutboxRelay: Sendable {
    /// How long a message may be on its way before the job is rung again.
    public static let ringAgainAfter: Duration = .seconds(60)
    /// Jobs of one round.
    static let batchCountMax = 100
    /// How long an upload waits for the bell; its answer does not depend on it.
    static let ringNowSecondsMax: Duration = .seconds(2)

    let database: any Database
    let queue: (any JobQueue)?
    let clock: any WallClock
    let logger: Logger

    /// - Parameters:
    ///   - database: The ledger.
    ///   - queue: What is rung; without one every round rings nothing.
    ///   - clock: The time.
    ///   - logger: For rounds that failed.
    public init(database: any Database, queue: (any JobQueue)?, clock: any WallClock = SystemClock(), logger: Logger) {
        self.database = database
        self.queue = queue
        self.clock = clock
        self.logger = logger
    }

    /// Rings for jobs that were committed just now. A failure is logged and left to the next round.
    func ringNow(_ messages: [JobMessage]) async {
        guard let queue else { return }
        do {
            try await withTimeout(Self.ringNowSecondsMax, clock: clock, doing: "ringing the queue") {
                try await ring(messages, on: queue)
            }
        } catch {
            logger.warning("the bell did not ring; the relay will", metadata: ["error": "\(error)"])
        }
    }

    /// One round.
    /// - Parameter rungBefore: Jobs rung later than this are left alone unless they became due since.
    /// - Returns: How many jobs were rung.
    @discardableResult
    public func ringDue(rungBefore: Timestamp) async throws -> Int {
        guard let queue else { return 0 }
        let now = clock.now
        let messages = try await database.read { scope in
            try scope.jobsToRing(now: now, rungBefore: rungBefore, limit: Self.batchCountMax).map { job in
                JobMessage(job, originalKey: try scope.video(job.videoID)?.originalKey)
            }
        }
        if !messages.isEmpty { try await ring(messages, on: queue) }
        return messages.count
    }

    private func ring(_ messages: [JobMessage], on queue: any JobQueue) async throws {
        try await queue.send(messages)
        let now = clock.now
        try await database.withTransaction { try $0.markRung(messages.map(\.jobID), at: now) }
    }

    /// Rings until the task is cancelled. On a queue that forgot everything with the last process the first rounds ring
    /// everything that is due. On others that would be one more message for each waiting job at every start.
    public func run(every interval: Duration = .seconds(1)) async throws {
        var rungBefore = queue?.outlivesProcess == true ? nil : clock.now
        while !Task.isCancelled {
            do {
                let count = try await ringDue(rungBefore: rungBefore ?? clock.now - Self.ringAgainAfter)
                if count == Self.batchCountMax { continue }
                rungBefore = nil
            } catch {
                logger.warning("the relay could not ring; it tries again", metadata: ["error": "\(error)"])
            }
            try await clock.sleep(for: interval)
        }
    }
}
