import ANBCore
import ANBTesting
import Testing

@testable import ANBQueue

/// Whether somebody outside can tell a runner that hangs.
@Suite(.timeLimit(.minutes(1))) struct JobRunnerPulseTests {
    private let begun = Signal()
    private let gate = Signal()
    private let calls = Calls()

    @Test func anIdleRunnerMovesWithEachLookAtTheQueue() async throws {
        let bench = RunnerBench()
        try await bench.running {
            for _ in 0..<3 {
                try await bench.clock.waitForSleepers(1)
                #expect(bench.runner.silence == .zero)
                bench.clock.advance(by: .seconds(20))
            }
            try await bench.clock.waitForSleepers(1)
        }
    }

    @Test func aRunThatTellsItsProgressKeepsItMoving() async throws {
        let bench = RunnerBench(
            ScriptedJobHandler { [begun, gate, calls] _, _ in
                begun.send()
                await gate.wait()
                return calls.result()
            })
        _ = try await bench.addJob()
        try await bench.running {
            await begun.wait()
            try await bench.clock.waitForSleepers(1)
            bench.clock.advance(by: .seconds(59))
            try await bench.clock.waitForSleepers(1)
            #expect(bench.runner.silence == .zero)
            gate.send()
            _ = try await bench.queue.nextEnd()
        }
    }

    /// The run is cancelled after a minute without progress; one that does not care keeps its slot.
    @Test func aRunThatHangsIsNoticed() async throws {
        let bench = RunnerBench(
            ScriptedJobHandler { [begun, gate, calls] _, _ in
                begun.send()
                await unstoppable { await gate.wait() }
                return calls.result()
            })
        _ = try await bench.addJob()
        try await bench.running {
            await begun.wait()
            try await bench.clock.waitForSleepers(1)
            for _ in 0..<30 { bench.clock.advance(by: .seconds(60)) }
            #expect(bench.runner.silence >= .seconds(29 * 60), "\(bench.runner.silence)")
            gate.send()
            _ = try await bench.queue.nextEnd()
        }
    }
}
