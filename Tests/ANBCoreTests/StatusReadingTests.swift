import ANBPersistence
import ANBQueue
import ANBTesting
import Testing

@testable import ANBCore

@Suite struct StatusReadingTests {
    @Test func anEmptyPlatformIsEmpty() async throws {
        let stage = try await ContestInMemory()
        defer { stage.remove() }
        try await stage.database.migrate()
        let status = try await StatusReading(database: stage.database, queue: nil, clock: stage.clock).read()
        #expect(status.jobs == PlatformStatus.Waiting(due: 0, delayed: 0, running: 0, dead: 0, oldestDueSeconds: 0))
        #expect(status.queue == nil && status.queueProblem == nil)
        #expect(status.timeToPublish == PlatformStatus.Publishing(videos: 0, halfSeconds: nil, nineteenOfTwentySeconds: nil))
        #expect(status.failures.isEmpty && status.workers == PlatformStatus.Workers(working: [], seenLately: []))
    }

    @Test func thePageSaysWhatTheLedgerHolds() async throws {
        let (database, clock, samples) = (MemoryDatabase(), ManualClock(), Samples())
        try await database.migrate()
        let now = clock.now
        func job(_ state: Job.State, seconds: Double = 0, worker: String? = nil, reason: String? = nil, endedAgo: Double = 60)
            -> Job
        {
            let ended: Timestamp? = [.done, .dead].contains(state) ? now - .seconds(endedAgo) : nil
            return Job(
                id: samples.ids.next(), kind: .processVideo, videoID: samples.ids.next(), userID: samples.ids.next(),
                correlationID: "c", createdAt: (ended ?? now) - .seconds(seconds), state: state,
                readyAt: state == .ready ? now - .seconds(seconds) : nil, worker: worker,
                leaseUntil: state == .running ? now + .seconds(5) : nil, reason: reason, finishedAt: ended)
        }
        let last = job(.dead, reason: "the store 10.0.0.7 is away since 12:31")
        let jobs =
            [
                job(.ready, seconds: 90), job(.ready, seconds: -5, reason: "the bucket is away"), job(.ready, seconds: -3),
                job(.running, worker: "busy"), last,
            ]
            + [job(.dead, reason: "The store 10.0.0.9 is away since 9:02", endedAgo: 600), job(.dead, reason: "no decoder")]
            + (1...20).map { job(.done, seconds: Double($0), worker: $0 == 1 ? "busy" : "idle") }
            + [job(.done, seconds: 999, worker: "gone", endedAgo: 86_401), job(.done, seconds: 5, worker: "old", endedAgo: 901)]
        try await database.withTransaction { transaction in for job in jobs { try transaction.insertJob(job) } }
        let queue = MemoryJobQueue(clock: clock)
        try await queue.send([JobMessage(jobs[0])])

        let status = try await StatusReading(database: database, queue: queue, clock: clock).read()
        #expect(status.asOf == now.description)
        #expect(status.jobs == PlatformStatus.Waiting(due: 1, delayed: 2, running: 1, dead: 3, oldestDueSeconds: 90))
        #expect(status.queue == QueueDepth(ready: 1, inFlight: 0, delayed: 0, dead: 0))
        #expect(status.timeToPublish == PlatformStatus.Publishing(videos: 21, halfSeconds: 10, nineteenOfTwentySeconds: 19))
        #expect(status.failures.map(\.count) == [2, 1])
        #expect(status.failures.first?.reason == last.reason && status.failures.first?.lastJobID == last.id)
        #expect(status.retries.map(\.reason) == ["the bucket is away"] && status.retries.first?.count == 1)
        #expect(status.workers == PlatformStatus.Workers(working: ["busy"], seenLately: ["idle"]))
    }

    @Test(.timeLimit(.minutes(1))) func aQueueThatDoesNotAnswerIsSaid() async throws {
        let stage = try await ContestInMemory()
        defer { stage.remove() }
        try await stage.database.migrate()
        let reading = StatusReading(database: stage.database, queue: SilentQueue(), clock: stage.clock)
        async let status = reading.read()
        try await stage.clock.waitForSleepers(1)
        stage.clock.advance(by: .seconds(3))
        #expect(try await status.queueProblem == "unavailable")
    }

    @Test(arguments: [
        ("libav: job 7 failed: -22", "libav: job 8 failed: -1", true), ("The store is away.", "the store is away", true),
        ("0193-5a00 is missing", "0193-5b00 is missing", true), ("no decoder", "no encoder", false), ("", "1", false),
    ])
    func reasonsOfOneCauseShareAFingerprint(_ one: String, _ other: String, _ isSame: Bool) {
        #expect((FailureFingerprint.of(one) == FailureFingerprint.of(other)) == isSame)
        #expect(FailureFingerprint.of(one).count == 8)
    }
}

/// A queue that never answers.
private struct SilentQueue: JobQueue {
    func send(_: [JobMessage]) async throws {}
    func receive(limit _: Int, wait _: Duration) async throws -> [JobDelivery] { [] }
    func extend(_: JobDelivery, by _: Duration) async throws {}
    func acknowledge(_: JobDelivery) async throws {}
    func giveBack(_: JobDelivery, after _: Duration) async throws {}
    func check() async throws {}
    func depth() async throws -> QueueDepth {
        try await Task.sleep(for: .seconds(3600))
        throw ANBError.unavailable("nobody")
    }
}
