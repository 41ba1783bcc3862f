import ANBPersistence
import ANBTesting
import Synchronization
import Testing

@testable import ANBCore

/// What a starting process rings for.
@Suite(.timeLimit(.minutes(1))) struct OutboxRelayTests {
    @Test(arguments: [(false, 1), (true, 0)])
    func aStartRingsForJobsThatWereRungOnlyWhenTheQueueForgotThem(_ outlivesProcess: Bool, _ rings: Int) async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let queue = CountingQueue(outlivesProcess: outlivesProcess)
        var job = Samples().job()
        (job.readyAt, job.rungAt) = (world.clock.now - .seconds(2), world.clock.now - .seconds(1))
        let waiting = job
        try await world.database.withTransaction { try $0.insertJob(waiting) }
        let relay = OutboxRelay(database: world.database, queue: queue, clock: world.clock, logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await relay.run() }
            try await world.clock.waitForSleepers(1)
            #expect(queue.sent.withLock { $0 } == rings)
            world.clock.advance(by: .seconds(61))
            try await world.clock.waitForSleepers(1)
            group.cancelAll()
            _ = await group.nextResult()
        }
        #expect(queue.sent.withLock { $0 } == rings + 1, "a message that may be lost is sent again after a minute")
    }
}

private final class CountingQueue: JobQueue {
    let outlivesProcess: Bool
    let sent = Mutex(0)

    init(outlivesProcess: Bool) { self.outlivesProcess = outlivesProcess }

    func send(_ messages: [JobMessage]) async throws { sent.withLock { $0 += messages.count } }
    func receive(limit: Int, wait: Duration) async throws -> [JobDelivery] { [] }
    func extend(_ delivery: JobDelivery, by visibility: Duration) async throws {}
    func acknowledge(_ delivery: JobDelivery) async throws {}
    func giveBack(_ delivery: JobDelivery, after delay: Duration) async throws {}
    func depth() async throws -> QueueDepth { QueueDepth(ready: 0, inFlight: 0, delayed: 0, dead: 0) }
    func check() async throws {}
}
