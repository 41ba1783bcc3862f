import ANBCore
import ANBTesting
import Testing

@Suite("ManualClock", .timeLimit(.minutes(1)))
struct ManualClockTests {
    private let clock = ManualClock()

    @Test func standsStillUntilItIsMoved() {
        let start = clock.now
        #expect(clock.now == start)
        clock.advance(by: .milliseconds(1500))
        #expect(clock.now - start == .milliseconds(1500))
    }

    @Test func wakesASleeperExactlyAtItsTime() async throws {
        let sleeper = Task { [clock] in
            try await clock.sleep(for: .seconds(10))
            return clock.now
        }
        try await clock.waitForSleepers(1)
        let due = clock.now + .seconds(10)
        clock.advance(by: .milliseconds(9999))
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .milliseconds(1))
        #expect(try await sleeper.value == due)
        #expect(clock.sleeperCount == 0)
    }

    @Test func leavesThoseAsleepWhoseTimeHasNotCome() async throws {
        let sleepers = [30, 10, 20].map { seconds in Task { [clock] in try await clock.sleep(for: .seconds(seconds)) } }
        try await clock.waitForSleepers(3)
        clock.advance(by: .seconds(20))
        try await sleepers[1].value
        try await sleepers[2].value
        #expect(clock.sleeperCount == 1)
        sleepers[0].cancel()
    }

    @Test func aCancelledSleepEndsWithAnError() async throws {
        let sleeper = Task { [clock] in try await clock.sleep(for: .seconds(10)) }
        try await clock.waitForSleepers(1)
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
        #expect(clock.sleeperCount == 0)
    }

    @Test func aSleepOfACancelledTaskDoesNotBegin() async throws {
        let sleeper = Task { [clock] in
            withUnsafeCurrentTask { $0?.cancel() }
            try await clock.sleep(for: .seconds(10))
        }
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }

    @Test func aSleepOfNothingReturnsAtOnce() async throws {
        try await clock.sleep(for: .zero)
        try await clock.sleep(for: .seconds(-1))
    }

    @Test func waitingForSleepersThatNeverComeFails() async throws {
        await #expect(throws: ConformanceFailure.self) {
            try await clock.waitForSleepers(1, limit: .milliseconds(1))
        }
    }
}
