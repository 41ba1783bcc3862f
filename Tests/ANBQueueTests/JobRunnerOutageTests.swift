import ANBCore
import ANBTesting
import Logging
import Synchronization
import Testing

@testable import ANBQueue

/// Ledgers and queues that do not answer.
@Suite(.timeLimit(.minutes(1))) struct JobRunnerOutageTests {
    private let calls = Calls()
    private static let outage = ANBError.unavailable("broken connection")

    /// The first transaction is the claim.
    private func bench(_ faultsAfterClaim: [FaultyDatabase.Fault?]) -> (RunnerBench, plan: @Sendable () -> Void) {
        let bench = RunnerBench(ScriptedJobHandler { [calls] _, _ in calls.result() })
        return (bench, { bench.database.fail([nil] + faultsAfterClaim) })
    }

    /// Lets every retry's delay pass until the job's message ends.
    private func end(_ bench: RunnerBench, retries: Int) async throws -> WatchedQueue.Event {
        for _ in 0..<retries {
            // Only after a failure is the sleeper surely not the heart any more.
            await bench.database.waitForFailure()
            try await bench.clock.waitForSleepers(1)
            bench.clock.advance(by: .seconds(5))
        }
        return try await bench.queue.nextEnd()
    }

    @Test func aFinishThatFailsIsRepeatedWithoutRunningAgain() async throws {
        let (bench, plan) = bench([.beforeCommit(Self.outage), .beforeCommit(Self.outage), .beforeCommit(Self.outage)])
        let job = try await bench.addJob()
        plan()
        try await bench.running {
            let event = try await end(bench, retries: 3)
            #expect(event == .acknowledged(job.id))
        }
        #expect(bench.handler.runs.count == 1)
        #expect(calls.all == ["commit", "afterCommit"])
        #expect(try await bench.row(job).state == .done)
    }

    @Test func aFinishWhoseAnswerWasLostIsNotDiscarded() async throws {
        let (bench, plan) = bench([.afterCommit(Self.outage)])
        let job = try await bench.addJob()
        plan()
        try await bench.running {
            let event = try await end(bench, retries: 1)
            #expect(event == .acknowledged(job.id))
        }
        #expect(calls.all == ["commit"], "the outputs are what was published")
        #expect(try await bench.row(job).state == .done)
    }

    @Test func aLedgerThatStaysAwayLeavesEverythingToTheLease() async throws {
        let (bench, plan) = bench(Array(repeating: .beforeCommit(Self.outage), count: 6))
        let job = try await bench.addJob()
        let next = try await bench.addJob()
        plan()
        try await bench.running {
            for _ in 1...5 {
                await bench.database.waitForFailure()
                try await bench.clock.waitForSleepers(1)
                bench.clock.advance(by: .seconds(5))
            }
            // The slot takes the next job.
            #expect(try await bench.queue.nextEnd() == .acknowledged(next.id))
        }
        let row = try await bench.row(job)
        #expect(row.state == .running && row.failures == 0)
        #expect(calls.all == ["commit", "afterCommit"], "only the second job's")
        #expect(try await bench.queue.depth().inFlight == 1)
    }

    @Test func aCommitThatCannotSucceedFailsTheRun() async throws {
        let bench = RunnerBench(
            ScriptedJobHandler { [calls] _, _ in calls.result { throw ANBError(.corrupted, "The video is damaged.") } })
        let job = try await bench.addJob()
        #expect(try await bench.runOne() == .acknowledged(job.id))
        #expect(try await bench.row(job).state == .dead)
        #expect(bench.handler.burials.map(\.reason) == ["The video is damaged."])
        #expect(calls.all == ["commit", "discard"])
    }

    @Test func aFailureIsWrittenDownInSpiteOfAnOutage() async throws {
        let bench = RunnerBench(ScriptedJobHandler { _, _ in throw Self.outage })
        let job = try await bench.addJob()
        bench.database.fail([nil, .beforeCommit(Self.outage)])
        try await bench.running {
            let event = try await end(bench, retries: 1)
            #expect(event == .acknowledged(job.id))
        }
        #expect(try await bench.row(job).failures == 1)
    }

    @Test func aClaimThatFailsIsRepeatedWithTheMessageInHand() async throws {
        let (bench, _) = bench([])
        let job = try await bench.addJob()
        bench.database.fail([.beforeCommit(Self.outage), .beforeCommit(Self.outage)])
        try await bench.running {
            let event = try await end(bench, retries: 2)
            #expect(event == .acknowledged(job.id))
        }
        #expect(try await bench.row(job).state == .done)
    }

    @Test func aClaimThatKeepsFailingGivesTheMessageBack() async throws {
        let (bench, _) = bench([])
        let job = try await bench.addJob()
        bench.database.fail(Array(repeating: .beforeCommit(Self.outage), count: 6))
        try await bench.running {
            for _ in 1...5 {
                await bench.database.waitForFailure()
                try await bench.clock.waitForSleepers(1)
                bench.clock.advance(by: .seconds(5))
            }
            #expect(try await bench.queue.next() == .gaveBack(job.id, after: .seconds(30)))
            try await bench.clock.waitForSleepers(1)
            bench.clock.advance(by: .seconds(30))
            #expect(try await bench.queue.nextEnd() == .acknowledged(job.id))
        }
        #expect(try await bench.row(job).state == .done)
    }

    @Test func aQueueThatFailsIsAskedAgainMoreAndMoreSlowly() async throws {
        let (bench, _) = bench([])
        let job = try await bench.addJob()
        bench.queue.failReceives(3)
        try await bench.running {
            for milliseconds in [500, 1000, 2000] {
                #expect(try await bench.queue.next() == .receiveFailed)
                try await bench.clock.waitForSleepers(1)
                bench.clock.advance(by: .milliseconds(milliseconds - 1))
                #expect(bench.clock.sleeperCount == 1, "not before")
                bench.clock.advance(by: .milliseconds(1))
            }
            #expect(try await bench.queue.nextEnd() == .acknowledged(job.id))
        }
    }

    @Test func aShutdownEndsTheWaitForAQueueThatFails() async throws {
        let (bench, _) = bench([])
        bench.queue.failReceives(100)
        try await bench.running {
            #expect(try await bench.queue.next() == .receiveFailed)
            try await bench.clock.waitForSleepers(1)
        }
        #expect(bench.clock.sleeperCount == 0)
    }

    @Test func everyLineOfARunNamesItsJob() async throws {
        let lines = LogLines()
        let bench = RunnerBench(
            ScriptedJobHandler { _, _ in throw Self.outage }, logger: Logger(label: "test") { _ in LineHandler(lines: lines) })
        let job = try await bench.addJob()
        _ = try await bench.runOne()
        #expect(lines.all.count >= 3)
        for line in lines.all {
            #expect(line["job_id"] == "\(job.id)")
            #expect(line["correlation_id"] == "\(job.correlationID)")
            #expect(line["attempt"] == "1")
        }
    }
}

private final class LogLines: Sendable {
    private let lines = Mutex<[Logger.Metadata]>([])
    var all: [Logger.Metadata] { lines.withLock { $0 } }
    func add(_ line: Logger.Metadata) { lines.withLock { $0.append(line) } }
}

private struct LineHandler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level = .trace

    init(lines: LogLines) { self.lines = lines }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        lines.add(metadata.merging(event.metadata ?? [:]) { $1 })
    }
}
