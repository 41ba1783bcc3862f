import ANBCore
import ANBTesting
import Synchronization
import Testing

@testable import ANBQueue

/// What happens while a handler works.
@Suite(.timeLimit(.minutes(1))) struct JobRunnerLeaseTests {
    private let begun = Signal()
    private let gate = Signal()
    private let calls = Calls()

    /// Waits at the gate; a cancellation makes it throw.
    private func bench() -> RunnerBench {
        RunnerBench(
            ScriptedJobHandler { [begun, gate, calls] _, context in
                context.report(JobProgress(stage: .transcoding, fraction: 0.25))
                begun.send()
                await gate.wait()
                if Task.isCancelled { calls.note("cancelled") }
                try Task.checkCancellation()
                return calls.result()
            })
    }

    /// One beat of the heart, awaited to its end.
    private func beat(_ bench: RunnerBench) async throws {
        try await bench.clock.waitForSleepers(1)
        bench.clock.advance(by: .seconds(10))
        while case .extended = try await bench.queue.next() { return }
        Issue.record("no heartbeat")
    }

    @Test func everyTenSecondsTheLeaseIsRenewedWithTheProgress() async throws {
        let bench = bench()
        let job = try await bench.addJob()
        try await bench.running {
            await begun.wait()
            for count in 1...3 {
                try await bench.clock.waitForSleepers(1)
                bench.clock.advance(by: .seconds(10))
                #expect(try await bench.queue.next() == .extended(job.id, by: .seconds(30)))
                let row = try await bench.row(job)
                #expect(row.leaseUntil == Samples.start + .seconds(10 * count + 30))
                #expect(row.progress == JobProgress(stage: .transcoding, fraction: 0.25))
            }
            gate.send()
            #expect(try await bench.queue.nextEnd() == .acknowledged(job.id))
        }
        #expect(calls.all == ["commit", "afterCommit"])
    }

    @Test func onAQueueWithGroupsTheMessageIsHiddenNoLongerThanTheLease() async throws {
        let bench = RunnerBench(
            ScriptedJobHandler { [gate, calls] _, _ in
                await gate.wait()
                return calls.result()
            }, keepsGroupsInOrder: true)
        let job = try await bench.addJob()
        try await bench.running {
            let first = try await bench.queue.next()
            #expect(first == .extended(job.id, by: .seconds(30)), "before any heartbeat")
            gate.send()
            #expect(try await bench.queue.nextEnd() == .acknowledged(job.id))
        }
    }

    @Test func progressIsNotedWithinASecondAndTheMessageLeftAlone() async throws {
        let bench = bench()
        let job = try await bench.addJob()
        try await bench.running {
            await begun.wait()
            try await bench.clock.waitForSleepers(1)
            bench.clock.advance(by: .seconds(1))
            try await bench.clock.waitForSleepers(1)
            #expect(try await bench.row(job).progress == JobProgress(stage: .transcoding, fraction: 0.25))
            gate.send()
            #expect(try await bench.queue.next() == .acknowledged(job.id))
        }
    }

    @Test func aLostLeaseCancelsTheRunAtOnceAndWritesNothing() async throws {
        let bench = bench()
        let job = try await bench.addJob()
        try await bench.running {
            await begun.wait()
            let stolen = try await bench.stealJob(job)
            try await bench.clock.waitForSleepers(1)
            bench.clock.advance(by: .seconds(10))
            #expect(try await bench.queue.next() == .acknowledged(job.id))
            #expect(try await bench.row(job) == stolen)
        }
        #expect(calls.all == ["cancelled"])
        #expect(!gate.isSent)
    }

    @Test func aResultInSpiteOfALostLeaseIsDiscarded() async throws {
        let bench = RunnerBench(
            ScriptedJobHandler { [begun, gate, calls] _, _ in
                begun.send()
                await gate.wait()
                return calls.result()
            })
        let job = try await bench.addJob()
        try await bench.running {
            await begun.wait()
            _ = try await bench.stealJob(job)
            try await bench.clock.waitForSleepers(1)
            bench.clock.advance(by: .seconds(10))
            #expect(try await bench.queue.next() == .acknowledged(job.id))
        }
        #expect(calls.all == ["discard"])
    }

    @Test func aMinuteWithoutProgressIsAFailure() async throws {
        let bench = bench()
        let job = try await bench.addJob()
        try await bench.running {
            await begun.wait()
            for _ in 1...5 { try await beat(bench) }
            try await bench.clock.waitForSleepers(1)
            #expect(calls.all.isEmpty, "not before")
            bench.clock.advance(by: .seconds(10))
            #expect(try await bench.queue.nextEnd() == .acknowledged(job.id))
        }
        let row = try await bench.row(job)
        #expect(row.state == .ready && row.failures == 1)
        #expect(row.reason?.contains("stuck") == true)
        #expect(calls.all == ["cancelled"])
    }

    @Test func anyReportIsASignOfLife() async throws {
        let box = ReportBox()
        let bench = RunnerBench(
            ScriptedJobHandler { [begun, gate, calls] _, context in
                box.keep(context.report)
                begun.send()
                await gate.wait()
                try Task.checkCancellation()
                return calls.result()
            })
        let job = try await bench.addJob()
        try await bench.running {
            await begun.wait()
            for _ in 1...20 {
                try await beat(bench)
                // Tells nothing new, but tells.
                box.report(JobProgress(stage: .transcoding, fraction: 0.5))
            }
            gate.send()
            #expect(try await bench.queue.nextEnd() == .acknowledged(job.id))
        }
        #expect(try await bench.row(job).state == .done)
    }

    @Test func anOutageOfTheLedgerDoesNotStopTheRun() async throws {
        let bench = bench()
        let job = try await bench.addJob()
        try await bench.running {
            await begun.wait()
            bench.database.fail([.beforeCommit(ANBError.unavailable("away")), .beforeCommit(ANBError.unavailable("away"))])
            for _ in 1...2 {
                try await bench.clock.waitForSleepers(1)
                bench.clock.advance(by: .seconds(10))
                await bench.database.waitForFailure()
            }
            try await beat(bench)
            gate.send()
            #expect(try await bench.queue.nextEnd() == .acknowledged(job.id))
        }
        #expect(calls.all == ["commit", "afterCommit"])
    }
}

/// Keeps a run's report for the test to call.
final class ReportBox: Sendable {
    private let report = Mutex<(@Sendable (JobProgress) -> Void)?>(nil)
    func keep(_ report: @escaping @Sendable (JobProgress) -> Void) { self.report.withLock { $0 = report } }
    func report(_ progress: JobProgress) { report.withLock { $0 }?(progress) }
}
