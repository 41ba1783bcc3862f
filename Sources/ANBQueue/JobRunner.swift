public import ANBCore
public import Logging
public import ServiceLifecycle

/// Waits for the bell, claims jobs in the ledger, runs their handlers and writes down how they ended.
///
/// - The queue only rings: a message is acknowledged as soon as the ledger knows what to do, also when another worker
///   holds the job. The relay rings again when that worker's lease ends or a retry is due.
/// - At most ``JobRunnerSettings/slots`` jobs run at a time, and no message is taken that could not run at once. Only when a job is
///   nearly done the next one begins beside it and fetches what it needs, and waits for its turn at what fills the machine
///   (``JobContext/withTurn(_:)``): neither its download nor the last upload leaves the processors idle, and no worker hoards jobs
///   that others could do. No more than twice as many run as there are slots, the waiting and the ending ones included.
/// - On graceful shutdown no more messages are taken, and runs may end within the budget; after it they are cancelled
///   and given back, which counts as no failure. Cancelling ``run()`` is a shutdown without a budget.
/// - An outage of the queue or of the database never ends the loop.
public struct JobRunner: Service {
    /// Messages of one look at the queue, as many as every backend gives.
    private static let receiveMax = 10

    private let queue: any JobQueue
    private let ledger: JobLedger
    private let settings: JobRunnerSettings
    private let clock: any WallClock
    private let ids: any IDGenerator
    private let logger: Logger
    private let metrics: RunMetrics
    private let pulse: RunnerPulse
    private let shutdown = Doorbell()
    private let acknowledgements: Gathering<JobDelivery, Void>
    private let turns: Turns

    /// - Parameters:
    ///   - database: Where the ledger is.
    ///   - queue: What rings.
    ///   - handlers: One for each kind of job; a job of another kind is buried.
    ///   - settings: Slots, leases and waits.
    ///   - clock: The time.
    ///   - ids: Identities and chance.
    ///   - logger: For what is worth an operator's eye.
    public init(
        database: any Database, queue: any JobQueue, handlers: [any JobHandler], settings: JobRunnerSettings,
        clock: any WallClock = SystemClock(), ids: any IDGenerator = SystemIDs(), logger: Logger
    ) {
        self.queue = queue
        self.settings = settings
        self.clock = clock
        self.ids = ids
        self.logger = logger
        turns = Turns(count: settings.slots)
        metrics = RunMetrics(kinds: handlers.map(\.kind))
        pulse = RunnerPulse(clock: clock)
        ledger = JobLedger(
            database: database, handlers: Dictionary(handlers.map { ($0.kind, $0) }) { $1 }, settings: settings,
            clock: clock, ids: ids)
        acknowledgements = Gathering(countMax: settings.slots) { deliveries in
            do {
                try await queue.acknowledge(deliveries)
                return deliveries.map { _ in .success(()) }
            } catch {
                return deliveries.map { _ in .failure(error) }
            }
        }
    }

    /// Works until ``drain()`` is called, the surrounding service group shuts down, or the task is cancelled; returns
    /// when every run has ended.
    public func run() async {
        await withGracefulShutdownHandler {
            await withDiscardingTaskGroup { await takeIn(to: &$0) }
        } onGracefulShutdown: {
            drain()
        }
    }

    /// Begins the shutdown that ends ``run()``, for use without a service group.
    public func drain() { shutdown.ring() }

    /// How long neither the loop came round nor a run noted progress; seconds unless something hangs, or the ledger is away.
    public var silence: Duration { pulse.silence }

    private var isStopping: Bool { shutdown.rings > 0 || Task.isCancelled }

    /// One look at the queue at a time fills all the slots that are free.
    private func takeIn(to group: inout DiscardingTaskGroup) async {
        let slots = RunnerSlots(count: settings.slots)
        var failures = 0
        while !isStopping {
            pulse.beat()
            let free = await slots.waitForFree()
            if isStopping { return }
            pulse.beat()
            do {
                for delivery in try await receive(limit: min(free, Self.receiveMax)) {
                    let slot = slots.take()
                    group.addTask { await work(on: delivery, in: slot) }
                }
                failures = 0
            } catch {
                failures += 1
                await pause(after: error, failures)
            }
        }
    }

    /// Ends the hold of the slot, after a pause when the work could not begin.
    private func work(on delivery: JobDelivery, in slot: RunnerSlots.Hold) async {
        do {
            try await handle(delivery, in: slot)
            slot.end()
        } catch {
            let failures = slot.failures + 1
            await pause(after: error, failures)
            slot.end(failures: failures)
        }
    }

    private func pause(after error: any Error, _ failures: Int) async {
        if isStopping { return }
        let delay = JobRunnerSettings.outageBackoff.delay(afterFailures: failures, fraction: ids.fraction())
        logger.warning("no work can be taken", metadata: ["error": "\(error)", "retry_in": "\(delay)"])
        await shutdown.wait(after: 0, atMost: delay, clock)
    }

    /// - Returns: Nothing when the shutdown begins first.
    private func receive(limit: Int) async throws -> [JobDelivery] {
        try await withThrowingTaskGroup(of: [JobDelivery].self) { group in
            group.addTask { try await queue.receive(limit: limit, wait: settings.longPoll) }
            group.addTask {
                await shutdown.wait(after: 0)
                return []
            }
            let first = await group.nextResult()
            group.cancelAll()
            // The shutdown may have come while messages were on their way.
            let second = try? await group.next()
            return try (first?.get() ?? []) + (second ?? [])
        }
    }

    private func handle(_ delivery: JobDelivery, in slot: RunnerSlots.Hold) async throws {
        if isStopping { return await refuse(delivery) }
        let logger = logger(for: delivery.message)
        switch try await claim(delivery, logger) {
        case .claimed(let job):
            guard let handler = ledger.handlers[job.kind] else {
                logger.error("the job was buried: no handler for its kind", metadata: ["kind": "\(job.kind)"])
                return try await queue.acknowledge(delivery)
            }
            await run(job, handler, delivery, slot, logger)
        case .notReady(let until):
            try await queue.giveBack(delivery, after: max(.zero, until - clock.now))
        case .buried:
            logger.error("the job was buried: too many workers died on it")
            try await queue.acknowledge(delivery)
        case .heldByOther, .alreadyFinal, .unknown:
            logger.debug("the bell rang for a job that does not wait")
            try await queue.acknowledge(delivery)
        }
    }

    /// The shutdown began while the message was on its way.
    private func refuse(_ delivery: JobDelivery) async {
        // If this fails, the message comes back by itself.
        await unstoppable { _ = try? await queue.giveBack(delivery, after: .zero) }
    }

    /// A short outage of the ledger is waited for with the message in hand: giving it back counts as a delivery, and holds
    /// up its group on a queue that has groups.
    private func claim(_ delivery: JobDelivery, _ logger: Logger) async throws -> ClaimOutcome {
        do {
            return try await ledger.claim(delivery.message.jobID, logger)
        } catch {
            // If this fails too, the message comes back by itself.
            try? await queue.giveBack(delivery, after: JobRunnerSettings.outageBackoff.cap)
            throw error
        }
    }

    private func run(
        _ job: Job, _ handler: any JobHandler, _ delivery: JobDelivery, _ slot: RunnerSlots.Hold, _ logger: Logger
    ) async {
        var logger = logger
        logger[metadataKey: "attempt"] = "\(job.attempt)"
        let run = JobRun(
            job: job, handler: handler, delivery: delivery, ledger: ledger, queue: queue, acknowledgements: acknowledgements,
            turns: turns, slot: slot, shutdown: shutdown, settings: settings, metrics: metrics, pulse: pulse, clock: clock,
            logger: logger)
        await run.perform()
    }

    private func logger(for message: JobMessage) -> Logger {
        var logger = logger
        logger[metadataKey: "job_id"] = "\(message.jobID)"
        logger[metadataKey: "correlation_id"] = "\(message.correlationID)"
        return logger
    }
}
