import ANBCore
import ANBTesting
import Synchronization
import Testing

@testable import ANBQueue

/// How a run begins while another ends.
@Suite(.timeLimit(.minutes(1))) struct JobRunnerTurnTests {
    /// What the runs of a test do and when, by the order in which they began.
    private final class Runs: Sendable {
        private let began = Mutex<[JobID]>([])
        private let contexts = Mutex<[JobID: JobContext]>([:])
        private let log = Mutex<[String]>([])
        private let bell = Doorbell()
        let ends = [Signal(), Signal(), Signal()]

        /// Fetches nothing, and takes its turn.
        func work(_ job: Job, _ context: JobContext) async throws -> JobResult {
            let number = began.withLock { began in
                began.append(job.id)
                return began.count - 1
            }
            contexts.withLock { $0[job.id] = context }
            note("\(number) began")
            try await context.withTurn {
                note("\(number) in turn")
                await ends[number].wait()
                try Task.checkCancellation()
            }
            note("\(number) is done")
            return JobResult(commit: { _ in true })
        }

        func note(_ line: String) {
            log.withLock { $0.append(line) }
            bell.ring()
        }

        var all: [String] { log.withLock { $0 } }

        func wait(for line: String) async {
            while !Task.isCancelled {
                let rings = bell.rings
                if all.contains(line) { return }
                await bell.wait(after: rings)
            }
        }

        /// While the first has its turn.
        func untilTheSecondWaits() async {
            await wait(for: "0 in turn")
            report(0, .uploading, 0)
            await wait(for: "1 began")
        }

        func report(_ number: Int, _ stage: JobProgress.Stage, _ fraction: Double) {
            let id = began.withLock { $0[number] }
            contexts.withLock { $0[id] }?.report(JobProgress(stage: stage, fraction: fraction))
        }
    }

    private let runs = Runs()

    private func bench(slots: Int = 1) -> RunnerBench {
        RunnerBench(ScriptedJobHandler { [runs] in try await runs.work($0, $1) }, slots: slots)
    }

    @Test func theNextRunBeginsWhenOneIsNearlyDoneAndWaitsForItsTurn() async throws {
        let bench = bench()
        let jobs = [try await bench.addJob(), try await bench.addJob(), try await bench.addJob()]
        try await bench.running {
            await runs.wait(for: "0 in turn")
            runs.report(0, .transcoding, 0.74)
            // The loop has had every chance to take more: only the run's own clocks are waited for.
            try await bench.clock.waitForSleepers(1)
            #expect(runs.all == ["0 began", "0 in turn"])
            runs.report(0, .transcoding, 0.75)
            // Once, however often it tells.
            runs.report(0, .transcoding, 0.9)
            await runs.wait(for: "1 began")
            #expect(runs.all == ["0 began", "0 in turn", "1 began"])
            runs.ends[0].send()
            await runs.wait(for: "1 in turn")
            #expect(runs.all.contains("0 is done") && bench.handler.runs.count == 2)
            runs.ends[1].send()
            await runs.wait(for: "2 in turn")
            runs.ends[2].send()
            for _ in jobs { _ = try await bench.queue.nextEnd() }
        }
        for job in jobs { #expect(try await bench.row(job).state == .done) }
    }

    @Test func whoWaitsForATurnIsNotStuck() async throws {
        let bench = bench()
        _ = try await bench.addJob()
        let waiting = try await bench.addJob()
        try await bench.running {
            await runs.untilTheSecondWaits()
            for _ in 0..<3 {
                // Both hearts.
                try await bench.clock.waitForSleepers(2)
                bench.clock.advance(by: .seconds(25))
                runs.report(0, .uploading, 0)
            }
            try await bench.clock.waitForSleepers(2)
            #expect(runs.all == ["0 began", "0 in turn", "1 began"])
            runs.ends[0].send()
            await runs.wait(for: "1 in turn")
            runs.ends[1].send()
            _ = try await bench.queue.nextEnd()
            _ = try await bench.queue.nextEnd()
        }
        let row = try await bench.row(waiting)
        #expect(row.state == .done && row.failures == 0)
    }

    @Test func whoWaitsForATurnIsGivenBackAtTheEndOfTheBudget() async throws {
        let bench = bench()
        let first = try await bench.addJob()
        let waiting = try await bench.addJob()
        try await bench.running {
            await runs.untilTheSecondWaits()
            bench.runner.drain()
            // A heart and a budget for each.
            try await bench.clock.waitForSleepers(4)
            bench.clock.advance(by: .seconds(25))
            let ends: Set<WatchedQueue.Event> = [try await bench.queue.nextEnd(), try await bench.queue.nextEnd()]
            #expect(ends == [.gaveBack(first.id, after: .zero), .gaveBack(waiting.id, after: .zero)])
        }
        let row = try await bench.row(waiting)
        #expect(row.state == .ready && row.failures == 0)
        #expect(!runs.all.contains("1 in turn"))
    }

    /// The one in turn hangs: another worker may have the job.
    @Test func whoseTurnDoesNotComeIsGivenBack() async throws {
        let bench = bench()
        _ = try await bench.addJob()
        let waiting = try await bench.addJob()
        try await bench.running {
            await runs.untilTheSecondWaits()
            for _ in 0..<60 {
                try await bench.clock.waitForSleepers(2)
                bench.clock.advance(by: .seconds(20))
                runs.report(0, .uploading, 0)
            }
            #expect(try await bench.queue.nextEnd() == .gaveBack(waiting.id, after: .zero))
            // It rings here again, as nobody else looks.
            await runs.wait(for: "2 began")
            let row = try await bench.row(waiting)
            #expect(row.failures == 0 && !runs.all.contains("1 in turn"))
            runs.ends.forEach { $0.send() }
            for _ in 0..<2 { _ = try await bench.queue.nextEnd() }
        }
        #expect(try await bench.row(waiting).state == .done)
    }

    /// Another worker has it now.
    @Test func whoWaitsForATurnAndHasLostItsLeaseLetsGo() async throws {
        let bench = bench()
        _ = try await bench.addJob()
        let waiting = try await bench.addJob()
        try await bench.running {
            await runs.untilTheSecondWaits()
            let stolen = try await bench.stealJob(waiting)
            try await bench.clock.waitForSleepers(2)
            bench.clock.advance(by: .seconds(10))
            #expect(try await bench.queue.nextEnd() == .acknowledged(waiting.id))
            #expect(try await bench.row(waiting) == stolen)
            #expect(!runs.all.contains("1 in turn"))
            runs.ends[0].send()
            _ = try await bench.queue.nextEnd()
        }
    }

    /// A slow store: what is encoded waits to be stored.
    @Test func noMoreThanTwiceAsManyRunAsThereAreSlots() async throws {
        let bench = bench()
        for _ in 0..<3 { _ = try await bench.addJob() }
        try await bench.running {
            await runs.untilTheSecondWaits()
            runs.report(1, .uploading, 0)
            // Two hearts, and nobody who looks at the queue.
            try await bench.clock.waitForSleepers(2)
            bench.clock.advance(by: .seconds(1))
            try await bench.clock.waitForSleepers(2)
            #expect(bench.handler.runs.count == 2)
            runs.ends[0].send()
            await runs.wait(for: "2 began")
            runs.ends.forEach { $0.send() }
            for _ in 0..<3 { _ = try await bench.queue.nextEnd() }
        }
    }

    /// The one in turn is past its end and hangs: the other's waiting must not hide it.
    @Test func aRunnerInWhichAllWaitForOneThatHangsIsNoticed() async throws {
        let bench = RunnerBench(
            ScriptedJobHandler { [runs] job, context in
                try await context.withTurn {
                    context.report(JobProgress(stage: .uploading))
                    runs.note("in turn")
                    await unstoppable { await runs.ends[0].wait() }
                }
                return JobResult(commit: { _ in true })
            })
        _ = try await bench.addJob()
        _ = try await bench.addJob()
        try await bench.running {
            await runs.wait(for: "in turn")
            try await bench.clock.waitForSleepers(2)
            for _ in 0..<18 {
                bench.clock.advance(by: .seconds(60))
                try await bench.clock.waitForSleepers(1)
            }
            #expect(bench.runner.silence >= .seconds(16 * 60), "\(bench.runner.silence)")
            runs.ends[0].send()
            _ = try await bench.queue.nextEnd()
            _ = try await bench.queue.nextEnd()
        }
    }

    @Test func asManyTurnsAsSlots() async throws {
        let bench = bench(slots: 2)
        for _ in 0..<3 { _ = try await bench.addJob() }
        try await bench.running {
            await runs.wait(for: "0 in turn")
            await runs.wait(for: "1 in turn")
            runs.report(0, .transcoding, 1)
            await runs.wait(for: "2 began")
            try await bench.clock.waitForSleepers(3)
            #expect(!runs.all.contains("2 in turn"))
            runs.ends[1].send()
            await runs.wait(for: "2 in turn")
            runs.ends.forEach { $0.send() }
            for _ in 0..<3 { _ = try await bench.queue.nextEnd() }
        }
    }
}
