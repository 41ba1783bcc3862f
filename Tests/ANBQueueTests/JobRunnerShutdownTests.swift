import ANBCore
import ANBTesting
import Logging
import ServiceLifecycle
import Testing

@testable import ANBQueue

/// How a runner ends.
@Suite(.timeLimit(.minutes(1))) struct JobRunnerShutdownTests {
    private let begun = Signal()
    private let gate = Signal()
    private let calls = Calls()

    private func bench(ignoringCancellation ignores: Bool = false) -> RunnerBench {
        RunnerBench(
            ScriptedJobHandler { [begun, gate, calls] _, _ in
                begun.send()
                await gate.wait()
                if !ignores { try Task.checkCancellation() }
                return calls.result()
            })
    }

    @Test func anIdleRunnerEndsAtOnce() async throws {
        let bench = bench()
        try await bench.running { try await bench.clock.waitForSleepers(1) }
        #expect(bench.clock.sleeperCount == 0)
    }

    @Test func aRunnerThatWasDrainedBeforeTakesNothing() async throws {
        let bench = bench()
        _ = try await bench.addJob()
        bench.runner.drain()
        await bench.runner.run()
        #expect(bench.handler.runs.isEmpty)
        #expect(try await bench.queue.depth().ready == 1)
    }

    @Test func aRunMayEndWithinTheBudgetAndNoOtherBegins() async throws {
        let bench = bench()
        let job = try await bench.addJob()
        _ = try await bench.addJob()
        try await bench.running {
            await begun.wait()
            bench.runner.drain()
            // Heartbeat and budget.
            try await bench.clock.waitForSleepers(2)
            bench.clock.advance(by: .milliseconds(24_999))
            #expect(try await bench.queue.next() == .extended(job.id, by: .seconds(30)))
            // The heart and, still, the budget.
            try await bench.clock.waitForSleepers(2)
            gate.send()
            #expect(try await bench.queue.nextEnd() == .acknowledged(job.id))
        }
        #expect(try await bench.row(job).state == .done)
        #expect(calls.all == ["commit", "afterCommit"])
        #expect(bench.handler.runs.count == 1)
        #expect(try await bench.queue.depth().ready == 1)
    }

    @Test func aRunBeyondTheBudgetIsGivenBackUncounted() async throws {
        let bench = bench()
        let job = try await bench.addJob { ($0.failures, $0.workerDeaths) = (4, 2) }
        try await bench.running {
            await begun.wait()
            bench.runner.drain()
            try await bench.clock.waitForSleepers(2)
            bench.clock.advance(by: .seconds(25))
            #expect(try await bench.queue.nextEnd() == .gaveBack(job.id, after: .zero))
        }
        let row = try await bench.row(job)
        #expect(row.state == .ready && row.failures == 4 && row.workerDeaths == 2)
        #expect(row.readyAt <= bench.clock.now && row.worker == nil)
        #expect(calls.all.isEmpty && bench.handler.burials.isEmpty)
    }

    @Test func aResultInSpiteOfTheShutdownIsCommitted() async throws {
        let bench = bench(ignoringCancellation: true)
        let job = try await bench.addJob()
        try await bench.running {
            await begun.wait()
            bench.runner.drain()
            try await bench.clock.waitForSleepers(2)
            bench.clock.advance(by: .seconds(25))
            #expect(try await bench.queue.nextEnd() == .acknowledged(job.id))
        }
        #expect(try await bench.row(job).state == .done)
    }

    @Test func theLeaseIsKeptWhileDraining() async throws {
        let bench = bench()
        let job = try await bench.addJob()
        try await bench.running {
            await begun.wait()
            bench.runner.drain()
            try await bench.clock.waitForSleepers(2)
            bench.clock.advance(by: .seconds(10))
            #expect(try await bench.queue.next() == .extended(job.id, by: .seconds(30)))
            #expect(try await bench.row(job).leaseUntil == Samples.start + .seconds(40))
            gate.send()
        }
    }

    @Test func cancellingTheRunnerGivesBackToo() async throws {
        let bench = bench()
        let job = try await bench.addJob()
        let running = Task { await bench.runner.run() }
        await begun.wait()
        running.cancel()
        await running.value
        #expect(try await bench.queue.nextEnd() == .gaveBack(job.id, after: .zero))
        let row = try await bench.row(job)
        #expect(row.state == .ready && row.failures == 0 && row.workerDeaths == 0)
        #expect(!gate.isSent)
    }

    @Test func aServiceGroupShutsItDownGracefully() async throws {
        let bench = bench()
        let job = try await bench.addJob()
        let group = ServiceGroup(
            services: [bench.runner], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { try await group.run() }
        await begun.wait()
        await group.triggerGracefulShutdown()
        try await bench.clock.waitForSleepers(2)
        gate.send()
        try await running.value
        #expect(try await bench.row(job).state == .done)
    }

    @Test(arguments: [true, false])
    func aMessageThatArrivesWithTheShutdownIsGivenBack(isGraceful: Bool) async throws {
        let late = LateQueue()
        let database = RunnerBench().database
        let runner = JobRunner(
            database: database, queue: late, handlers: [ScriptedJobHandler(work: ScriptedJobHandler.succeeding)],
            settings: JobRunnerSettings(worker: "w"),
            clock: ManualClock(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { await runner.run() }
        await late.polled.wait()
        if isGraceful { runner.drain() } else { running.cancel() }
        await running.value
        #expect(late.givenBack.isSent)
    }
}

/// Delivers its one message only when the receive is cancelled.
private struct LateQueue: JobQueue {
    let polled = Signal()
    let givenBack = Signal()

    func receive(limit: Int, wait: Duration) async throws -> [JobDelivery] {
        polled.send()
        await Signal().wait()
        return [JobDelivery(message: JobMessage(Samples().job()), receipt: "r", receiveCount: 1)]
    }

    func giveBack(_ delivery: JobDelivery, after delay: Duration) async throws {
        try Task.checkCancellation()
        givenBack.send()
    }

    func send(_ messages: [JobMessage]) async throws {}
    func extend(_ delivery: JobDelivery, by visibility: Duration) async throws {}
    func acknowledge(_ delivery: JobDelivery) async throws {}
    func depth() async throws -> QueueDepth { QueueDepth(ready: 0, inFlight: 0, delayed: 0, dead: 0) }
    func check() async throws {}
}
