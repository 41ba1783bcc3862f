import ANBCore
import ANBTesting
import Synchronization
import Testing

@testable import ANBQueue

/// What becomes of a job after its handler returned or threw.
@Suite(.timeLimit(.minutes(1))) struct JobRunnerOutcomeTests {
    private struct Strange: Error {}

    private let calls = Calls()

    private func failing(_ error: any Error, record: @escaping ScriptedJobHandler.Record = { _, _, _ in }) -> ScriptedJobHandler {
        ScriptedJobHandler(record: record) { _, _ in throw error }
    }

    private static let outage = ANBError.unavailable("the store is away")
    private static let refusal = ANBError(
        .mediaRejected, "The video is too short.", operatorMessage: "0.3 s of h264", failureCode: .tooShort)

    @Test func aGoodRunIsCommittedAndAcknowledged() async throws {
        let bench = RunnerBench(ScriptedJobHandler { [calls] _, _ in calls.result() })
        let job = try await bench.addJob()
        #expect(try await bench.runOne() == .acknowledged(job.id))
        let row = try await bench.row(job)
        #expect(row.state == .done && row.fence == 1 && row.failures == 0)
        #expect(calls.all == ["commit", "afterCommit"])
        #expect(bench.handler.runs.map(\.worker) == ["this worker"])
        #expect(bench.handler.runs.first?.leaseUntil == Samples.start + .seconds(30))
    }

    @Test func theCommitSharesTheTransactionOfTheFinish() async throws {
        let states = Mutex<[Job.State?]>([])
        let bench = RunnerBench(
            ScriptedJobHandler { job, _ in
                JobResult(commit: { transaction in
                    states.withLock { $0.append(try? transaction.job(job.id)?.state) }
                    try transaction.insertUser(Samples(ids: SequentialIDs(seed: 9)).user())
                    return true
                })
            })
        let job = try await bench.addJob()
        _ = try await bench.runOne()
        #expect(states.withLock { $0 } == [.done], "finished before, in the same transaction")
        let user = Samples(ids: SequentialIDs(seed: 9)).user()
        let found = try await bench.database.read { try $0.user(user.id) }
        #expect(found != nil)
        #expect(try await bench.row(job).state == .done)
    }

    @Test func anUnwantedResultIsDiscarded() async throws {
        let bench = RunnerBench(ScriptedJobHandler { [calls] _, _ in calls.result { false } })
        let job = try await bench.addJob()
        #expect(try await bench.runOne() == .acknowledged(job.id))
        #expect(try await bench.row(job).state == .done)
        #expect(calls.all == ["commit", "discard"])
    }

    @Test func aResultThatComesTooLateIsDiscardedAndNotCommitted() async throws {
        let steal = Mutex<(@Sendable (Job) async throws -> Void)?>(nil)
        let bench = RunnerBench(
            ScriptedJobHandler { [calls] job, _ in
                try await steal.withLock { $0 }?(job)
                return calls.result()
            })
        steal.withLock { $0 = { job in _ = try await bench.stealJob(job) } }
        let job = try await bench.addJob()
        #expect(try await bench.runOne() == .acknowledged(job.id))
        let row = try await bench.row(job)
        #expect(row.state == .running && row.worker == "thief" && row.fence == 2)
        #expect(calls.all == ["discard"])
    }

    @Test func anErrorOfAStaleRunWritesNothing() async throws {
        let steal = Mutex<(@Sendable (Job) async throws -> Void)?>(nil)
        let bench = RunnerBench(
            ScriptedJobHandler { job, _ in
                try await steal.withLock { $0 }?(job)
                throw Self.refusal
            })
        steal.withLock { $0 = { job in _ = try await bench.stealJob(job) } }
        let job = try await bench.addJob()
        #expect(try await bench.runOne() == .acknowledged(job.id))
        let row = try await bench.row(job)
        #expect(row.state == .running && row.worker == "thief" && row.failures == 0)
        #expect(bench.handler.burials.isEmpty)
    }

    @Test func anErrorForGoodBuriesTheJobAndTellsTheUser() async throws {
        let bench = RunnerBench(failing(Self.refusal))
        let job = try await bench.addJob()
        #expect(try await bench.runOne() == .acknowledged(job.id))
        let row = try await bench.row(job)
        #expect(row.state == .dead && row.failures == 1)
        #expect(row.reason?.contains("0.3 s of h264") == true)
        #expect(bench.handler.burials.map(\.reason) == ["The video is too short."])
        #expect(bench.handler.burials.map(\.code) == [.tooShort])
    }

    @Test func theBurialAndItsRecordAreOneTransaction() async throws {
        let failed = Signal()
        let bench = RunnerBench(
            failing(Self.refusal) { job, _, transaction in
                // What the first attempt wrote must be gone when the second one comes.
                let state = try transaction.job(job.id)?.state
                #expect(state == .dead)
                try transaction.insertUser(Samples(ids: SequentialIDs(seed: 9)).user())
                if failed.isSent { return }
                failed.send()
                throw ANBError.unavailable("broken connection")
            })
        let job = try await bench.addJob()
        try await bench.running {
            // Only after the failure is the sleeper surely not the heart any more.
            await failed.wait()
            try await bench.clock.waitForSleepers(1)
            #expect(try await bench.row(job).state == .running, "rolled back")
            bench.clock.advance(by: .seconds(1))
            #expect(try await bench.queue.nextEnd() == .acknowledged(job.id))
        }
        #expect(try await bench.row(job).state == .dead)
        #expect(bench.handler.burials.count == 1 && bench.handler.runs.count == 1)
    }

    @Test(arguments: [outage, Strange()] as [any Error])
    func anotherErrorIsTriedAgainLater(error: any Error) async throws {
        let bench = RunnerBench(failing(error))
        // Half of the 2 s that follow a second failure.
        let job = try await bench.addJob { $0.failures = 1 }
        #expect(try await bench.runOne() == .acknowledged(job.id), "the relay rings for the retry")
        let row = try await bench.row(job)
        #expect(row.state == .ready && row.failures == 2 && row.worker == nil)
        #expect(row.readyAt == bench.clock.now + .seconds(1))
        #expect(bench.handler.burials.isEmpty)
    }

    @Test func anErrorMayAskForMoreTime() async throws {
        let bench = RunnerBench(failing(ANBError.unavailable("throttled", after: .seconds(40))))
        let job = try await bench.addJob()
        _ = try await bench.runOne()
        #expect(try await bench.row(job).readyAt == bench.clock.now + .seconds(40))
    }

    @Test func theLastAllowedFailureBuries() async throws {
        let bench = RunnerBench(failing(Self.outage))
        let job = try await bench.addJob { $0.failures = 119 }
        #expect(try await bench.runOne() == .acknowledged(job.id))
        let row = try await bench.row(job)
        #expect(row.state == .dead && row.failures == 120)
        #expect(bench.handler.burials.map(\.reason) == [Self.outage.userMessage])
        #expect(bench.handler.burials.map(\.code) == [.processingFailed])
    }

    @Test func aCancellationThatNobodyAskedForIsAFailure() async throws {
        let bench = RunnerBench(failing(CancellationError()))
        let job = try await bench.addJob()
        _ = try await bench.runOne()
        #expect(try await bench.row(job).failures == 1)
    }

    @Test func aDiscardThatFailsChangesNothing() async throws {
        let bench = RunnerBench(
            ScriptedJobHandler { _, _ in JobResult(commit: { _ in false }, discard: { throw Strange() }) })
        let job = try await bench.addJob()
        #expect(try await bench.runOne() == .acknowledged(job.id))
        #expect(try await bench.row(job).state == .done)
    }

    @Test func aTidyingThatFailsChangesNothing() async throws {
        let bench = RunnerBench(
            ScriptedJobHandler { _, _ in JobResult(commit: { _ in true }, afterCommit: { throw Strange() }) })
        let job = try await bench.addJob()
        #expect(try await bench.runOne() == .acknowledged(job.id))
        #expect(try await bench.row(job).state == .done)
    }
}
