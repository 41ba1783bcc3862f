import ANBCore
import ANBPersistence
import ANBTesting
import Foundation
import Logging
import Synchronization

@testable import ANBQueue

/// A runner on a manual clock, a memory ledger and a memory queue, whose every word to the queue a test can wait for.
struct RunnerBench: Sendable {
    static let chance = 0.5

    let clock = ManualClock()
    let database = FaultyDatabase(MemoryDatabase())
    let samples = Samples()
    let queue: WatchedQueue
    let handler: ScriptedJobHandler
    let runner: JobRunner

    init(
        _ handler: ScriptedJobHandler = ScriptedJobHandler(work: ScriptedJobHandler.succeeding), slots: Int = 1,
        receivesMax: Int = 100, keepsGroupsInOrder: Bool = false,
        logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.handler = handler
        let settings = JobRunnerSettings(worker: "this worker", slots: slots)
        queue = WatchedQueue(
            MemoryJobQueue(receivesMax: receivesMax, clock: clock, ids: SequentialIDs(seed: 3)),
            keepsGroupsInOrder: keepsGroupsInOrder)
        runner = JobRunner(
            database: database, queue: queue, handlers: [handler], settings: settings, clock: clock,
            ids: FixedChance(fractionValue: Self.chance), logger: logger)
    }

    /// Writes a job to the ledger and rings for it.
    func addJob(kind: Job.Kind = .processVideo, _ change: (inout Job) -> Void = { _ in }) async throws -> Job {
        var job = samples.job(kind: kind)
        change(&job)
        let row = job
        try await database.withTransaction { try $0.insertJob(row) }
        try await queue.send([JobMessage(job)])
        return job
    }

    func row(_ job: Job) async throws -> Job {
        try require(try await database.read { try $0.job(job.id) })
    }

    /// Runs the runner beside the body, which ends it by draining.
    func running(_ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await runner.run() }
            try await body()
            runner.drain()
            try await group.waitForAll()
        }
    }

    /// Runs one job to its end.
    /// - Returns: What the queue was told.
    func runOne() async throws -> WatchedQueue.Event {
        let found = Mutex<WatchedQueue.Event?>(nil)
        try await running {
            let event = try await queue.nextEnd()
            found.withLock { $0 = event }
        }
        return try require(found.withLock { $0 })
    }

    /// Takes the running job away, as another worker does whose clock is far ahead.
    func stealJob(_ job: Job) async throws -> Job {
        let later = clock.now + .seconds(3600)
        let outcome = try await database.withTransaction {
            try $0.claimJob(
                job.id, worker: "thief", lease: .seconds(3600), limits: AttemptLimits(), now: later)
        }
        guard case .claimed(let stolen) = outcome else { throw ConformanceFailure("not stolen: \(outcome)") }
        return stolen
    }
}

/// Chance that always says the same.
struct FixedChance: IDGenerator {
    var fractionValue: Double
    func uuid() -> UUID { UUID() }
    func randomBytes(_ count: Int) -> [UInt8] { Array(repeating: 0, count: count) }
    func fraction() -> Double { fractionValue }
}

/// Tells what a runner says to its queue.
final class WatchedQueue: JobQueue {
    enum Event: Hashable, Sendable {
        case acknowledged(JobID)
        case gaveBack(JobID, after: Duration)
        case extended(JobID, by: Duration)
        case receiveFailed
    }

    private let queue: MemoryJobQueue
    private let stream: AsyncStream<Event>
    private let events: AsyncStream<Event>.Continuation
    private let failures = Mutex(0)

    let keepsGroupsInOrder: Bool

    init(_ queue: MemoryJobQueue, keepsGroupsInOrder: Bool) {
        self.queue = queue
        self.keepsGroupsInOrder = keepsGroupsInOrder
        (stream, events) = AsyncStream.makeStream()
    }

    /// The next receives fail.
    func failReceives(_ count: Int) { failures.withLock { $0 = count } }

    /// The oldest event that nobody looked at.
    func next() async throws -> Event {
        for await event in stream { return event }
        throw CancellationError()
    }

    /// The next event that ends a delivery.
    func nextEnd() async throws -> Event {
        while true {
            let event = try await next()
            switch event {
            case .acknowledged, .gaveBack: return event
            case .extended, .receiveFailed: continue
            }
        }
    }

    func send(_ messages: [JobMessage]) async throws { try await queue.send(messages) }

    func receive(limit: Int, wait: Duration) async throws -> [JobDelivery] {
        let fails = failures.withLock { count in
            count -= 1
            return count >= 0
        }
        if fails {
            events.yield(.receiveFailed)
            throw ANBError.unavailable("the queue is away")
        }
        return try await queue.receive(limit: limit, wait: wait)
    }

    func extend(_ delivery: JobDelivery, by visibility: Duration) async throws {
        try await queue.extend(delivery, by: visibility)
        events.yield(.extended(delivery.message.jobID, by: visibility))
    }

    /// Like a remote queue, it does nothing for a cancelled task.
    func acknowledge(_ delivery: JobDelivery) async throws {
        try Task.checkCancellation()
        try await queue.acknowledge(delivery)
        events.yield(.acknowledged(delivery.message.jobID))
    }

    func giveBack(_ delivery: JobDelivery, after delay: Duration) async throws {
        try Task.checkCancellation()
        try await queue.giveBack(delivery, after: delay)
        events.yield(.gaveBack(delivery.message.jobID, after: delay))
    }

    func depth() async throws -> QueueDepth { try await queue.depth() }

    func check() async throws { try await queue.check() }
}

/// Something that happens once and that many may wait for.
final class Signal: Sendable {
    private let bell = Doorbell()
    func send() { bell.ring() }
    var isSent: Bool { bell.rings > 0 }
    /// Returns also when the task is cancelled.
    func wait() async { await bell.wait(after: 0) }
}

/// Notes what the parts of a result were asked to do.
final class Calls: Sendable {
    private let names = Mutex<[String]>([])
    func note(_ name: String) { names.withLock { $0.append(name) } }
    var all: [String] { names.withLock { $0 } }

    func result(commit: @escaping @Sendable () throws -> Bool = { true }) -> JobResult {
        JobResult(
            commit: { _ in
                self.note("commit")
                return try commit()
            },
            discard: { self.note("discard") },
            afterCommit: { self.note("afterCommit") })
    }
}
