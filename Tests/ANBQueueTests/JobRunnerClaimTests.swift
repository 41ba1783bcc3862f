import ANBCore
import ANBTesting
import Testing

@testable import ANBQueue

/// What a bell leads to, by the ledger's answer.
@Suite(.timeLimit(.minutes(1))) struct JobRunnerClaimTests {
    private let bench = RunnerBench()

    @Test func aJobOfAnotherWorkerIsLeftToItAndToTheRelay() async throws {
        let job = try await bench.addJob {
            ($0.state, $0.fence, $0.worker) = (.running, 1, "other")
            $0.leaseUntil = Samples.start + .milliseconds(1)
        }
        #expect(try await bench.runOne() == .acknowledged(job.id))
        #expect(bench.handler.runs.isEmpty)
        #expect(try await bench.row(job) == job)
    }

    @Test func aJobWhoseLeaseHasEndedIsTakenOver() async throws {
        let job = try await bench.addJob {
            ($0.state, $0.fence, $0.worker) = (.running, 1, "other")
            $0.leaseUntil = Samples.start
        }
        #expect(try await bench.runOne() == .acknowledged(job.id))
        #expect(bench.handler.runs.map(\.attempt) == [2])
        #expect(try await bench.row(job).state == .done)
    }

    @Test func aJobThatIsNotDueComesBackWhenItIs() async throws {
        let job = try await bench.addJob { $0.readyAt = Samples.start + .seconds(7) }
        #expect(try await bench.runOne() == .gaveBack(job.id, after: .seconds(7)))
        #expect(bench.handler.runs.isEmpty)
    }

    @Test(arguments: [Job.State.done, .dead])
    func aJobThatHasEndedIsAcknowledged(state: Job.State) async throws {
        let job = try await bench.addJob { ($0.state, $0.finishedAt) = (state, Samples.start) }
        #expect(try await bench.runOne() == .acknowledged(job.id))
        #expect(bench.handler.runs.isEmpty)
        #expect(try await bench.row(job) == job)
    }

    @Test func anUnknownJobIsAcknowledged() async throws {
        let job = bench.samples.job()
        try await bench.queue.send([JobMessage(job)])
        #expect(try await bench.runOne() == .acknowledged(job.id))
        #expect(bench.handler.runs.isEmpty)
    }

    @Test func aRepeatedBellRunsTheJobOnce() async throws {
        let job = try await bench.addJob()
        try await bench.running {
            #expect(try await bench.queue.nextEnd() == .acknowledged(job.id))
            try await bench.queue.send([JobMessage(job)])
            #expect(try await bench.queue.nextEnd() == .acknowledged(job.id))
        }
        #expect(bench.handler.runs.count == 1)
    }

    @Test func aJobOfAnUnknownKindIsBuriedWithAReason() async throws {
        let job = try await bench.addJob(kind: .deleteVideo)
        #expect(try await bench.runOne() == .acknowledged(job.id))
        let row = try await bench.row(job)
        #expect(row.state == .dead)
        #expect(row.reason == "no handler for jobs of kind video.delete")
        #expect(bench.handler.runs.isEmpty)
    }

    @Test func theLedgersKindCountsAndNotTheMessages() async throws {
        let job = bench.samples.job()
        try await bench.database.withTransaction { try $0.insertJob(job) }
        var message = JobMessage(job)
        message.kind = .deleteVideo
        try await bench.queue.send([message])
        _ = try await bench.runOne()
        #expect(try await bench.row(job).state == .done)
    }

    @Test func aJobOnWhichTooManyWorkersDiedIsBuriedByTheClaimAndTheUserIsTold() async throws {
        let handler = ScriptedJobHandler(
            record: { job, _, transaction in
                let state = try transaction.job(job.id)?.state
                #expect(state == .dead)
            }, work: ScriptedJobHandler.succeeding)
        let bench = RunnerBench(handler)
        let job = try await bench.addJob {
            ($0.state, $0.fence, $0.workerDeaths, $0.worker) = (.running, 10, AttemptLimits().workerDeathsMax - 1, "dead")
            $0.leaseUntil = Samples.start
        }
        #expect(try await bench.runOne() == .acknowledged(job.id))
        #expect(try await bench.row(job).state == .dead)
        #expect(handler.runs.isEmpty)
        #expect(handler.burials.map(\.job.id) == [job.id])
        #expect(handler.burials.first?.reason.contains("could not be processed") == true)
    }

    @Test func aBurialByTheClaimIsUndoneWhenItCannotBeRecorded() async throws {
        let handler = ScriptedJobHandler(
            record: { _, _, _ in throw ANBError(.corrupted, "The video is damaged.") }, work: ScriptedJobHandler.succeeding)
        let bench = RunnerBench(handler)
        let job = try await bench.addJob {
            ($0.state, $0.fence, $0.workerDeaths, $0.worker) = (.running, 10, AttemptLimits().workerDeathsMax - 1, "dead")
            $0.leaseUntil = Samples.start
        }
        #expect(try await bench.runOne() == .gaveBack(job.id, after: .seconds(30)))
        #expect(try await bench.row(job) == job)
    }

    @Test func noMoreJobsRunThanThereAreSlots() async throws {
        let begun = Signal(), gate = Signal()
        let running = Gauge()
        let bench = RunnerBench(
            ScriptedJobHandler { _, _ in
                if running.enter() == 2 { begun.send() }
                await gate.wait()
                running.leave()
                return JobResult(commit: { _ in true })
            }, slots: 2)
        for _ in 0..<5 { _ = try await bench.addJob() }
        try await bench.running {
            await begun.wait()
            #expect(try await bench.queue.depth() == QueueDepth(ready: 3, inFlight: 2, delayed: 0, dead: 0))
            gate.send()
            for _ in 0..<5 { _ = try await bench.queue.nextEnd() }
        }
        #expect(running.highest == 2)
        #expect(bench.handler.runs.count == 5)
    }
}
