import ANBTesting
import Testing

@testable import ANBQueue

@Suite(.timeLimit(.minutes(1))) struct DoorbellTests {
    private let bell = Doorbell()

    @Test func aRingBetweenLookingAndWaitingIsNotMissed() async {
        let seen = bell.rings
        bell.ring()
        await bell.wait(after: seen)
    }

    @Test func oneRingWakesEverybody() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { await bell.wait(after: 0) } }
            bell.ring()
            await group.waitForAll()
        }
        #expect(bell.rings == 1)
    }

    @Test func aCancelledTaskDoesNotWait() async {
        let task = Task {
            // Cancelled before it begins to wait, and in another round perhaps while it waits.
            withUnsafeCurrentTask { $0?.cancel() }
            await bell.wait(after: 0)
        }
        await task.value
        let waiting = Task { await bell.wait(after: 0) }
        waiting.cancel()
        await waiting.value
    }

    @Test func aWaitMayHaveALimit() async throws {
        let clock = ManualClock()
        let waiting = Task { await bell.wait(after: 0, atMost: .seconds(5), clock) }
        try await clock.waitForSleepers(1)
        clock.advance(by: .seconds(5))
        await waiting.value
        #expect(bell.rings == 0)
    }
}
