public import ANBCore
public import Logging
import Metrics

/// Counts what waits, in the ledger and in the queue, now and then.
public struct BacklogGauges: Sendable {
    private static let interval = Duration.seconds(10)

    private let database: any Database
    private let queue: (any JobQueue)?
    private let clock: any WallClock
    private let logger: Logger

    private let jobs = BacklogGauges.meters("anb_ledger_jobs", ["due", "delayed", "running", "dead"])
    private let messages: [String: Meter]
    private let oldest = Meter(label: "anb_ledger_oldest_due_seconds")
    private let readAt = Meter(label: "anb_backlog_read_seconds")

    /// - Parameter queue: `nil` when this process has none.
    public init(database: any Database, queue: (any JobQueue)?, clock: any WallClock, logger: Logger) {
        self.database = database
        self.queue = queue
        self.clock = clock
        self.logger = logger
        messages = queue == nil ? [:] : Self.meters("anb_queue_messages", ["ready", "in_flight", "delayed", "dead"])
    }

    /// Counts until the task is cancelled.
    public func run() async throws {
        while !Task.isCancelled {
            do {
                try await count()
            } catch {
                // The last values stay; their age tells.
                logger.warning("the backlog could not be counted", metadata: ["error": "\(error)"])
            }
            try await clock.sleep(for: Self.interval)
        }
    }

    func count() async throws {
        let now = clock.now
        let backlog = try await database.read { try $0.backlog(now: now) }
        jobs["due"]?.set(backlog.due)
        jobs["delayed"]?.set(backlog.delayed)
        jobs["running"]?.set(backlog.running)
        jobs["dead"]?.set(backlog.dead)
        oldest.set(backlog.oldestDueAt.map { max(0, (now - $0).inSeconds) } ?? 0)
        readAt.set(Double(now.milliseconds) / 1000)
        guard let depth = try await queue?.depth() else { return }
        messages["ready"]?.set(depth.ready)
        messages["in_flight"]?.set(depth.inFlight)
        messages["delayed"]?.set(depth.delayed)
        messages["dead"]?.set(depth.dead)
    }

    private static func meters(_ label: String, _ states: [String]) -> [String: Meter] {
        Dictionary(uniqueKeysWithValues: states.map { ($0, Meter(label: label, dimensions: [("state", $0)])) })
    }
}
