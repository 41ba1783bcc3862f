import Synchronization
import Testing

@testable import ANBMedia

final class ShortStaysTests: Sendable {
    private let order = Mutex<[Int]>([])

    /// Somebody who stays until told to leave.
    private func guest(_ number: Int, in stays: ShortStays, until end: AsyncStream<Void>) -> Task<Void, any Error> {
        Task {
            try await stays.withPlace {
                order.withLock { $0.append(number) }
                for await _ in end {}
            }
        }
    }

    private func waitUntil(_ condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !condition(), ContinuousClock.now < deadline { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test func othersWaitInTheirOrder() async throws {
        let stays = ShortStays(places: 2, expected: .seconds(60), overstayingMax: 1)
        var ends: [AsyncStream<Void>.Continuation] = []
        var guests: [Task<Void, any Error>] = []
        for number in 0..<4 {
            let (end, continuation) = AsyncStream.makeStream(of: Void.self)
            guests.append(guest(number, in: stays, until: end))
            ends.append(continuation)
            try await waitUntil { stays.waitingCount == max(0, number - 1) && order.withLock { $0.count } == min(2, number + 1) }
        }
        #expect(order.withLock { $0 } == [0, 1] && stays.waitingCount == 2)
        ends[1].finish()
        try await waitUntil { order.withLock { $0.count } == 3 }
        #expect(order.withLock { $0 } == [0, 1, 2])
        ends.forEach { $0.finish() }
        for guest in guests { try await guest.value }
        #expect(order.withLock { $0 } == [0, 1, 2, 3])
    }

    @Test func whoStaysTooLongNoLongerCounts() async throws {
        let stays = ShortStays(places: 1, expected: .milliseconds(20), overstayingMax: 1)
        let (end, continuation) = AsyncStream.makeStream(of: Void.self)
        let first = guest(0, in: stays, until: end)
        try await waitUntil { order.withLock { $0 } == [0] }
        try await stays.withPlace { order.withLock { $0.append(1) } }
        #expect(order.withLock { $0 } == [0, 1])
        continuation.finish()
        try await first.value
        // Its place was given back once: there is still one, not two.
        #expect(stays.freeCount == 1)
    }

    @Test func notTooManyStayTooLongAtATime() async throws {
        let stays = ShortStays(places: 1, expected: .milliseconds(20), overstayingMax: 1)
        var ends: [AsyncStream<Void>.Continuation] = []
        var guests: [Task<Void, any Error>] = []
        for number in 0..<3 {
            let (end, continuation) = AsyncStream.makeStream(of: Void.self)
            guests.append(guest(number, in: stays, until: end))
            ends.append(continuation)
        }
        try await waitUntil { order.withLock { $0.count } == 2 && stays.waitingCount == 1 }
        try await Task.sleep(for: .milliseconds(200))
        #expect(order.withLock { $0.count } == 2 && stays.waitingCount == 1, "one stays too long, one has the place, one waits")
        ends.forEach { $0.finish() }
        for guest in guests { try await guest.value }
        #expect(order.withLock { $0.count } == 3 && stays.freeCount == 1)
    }

    @Test func whoIsCancelledWhileWaitingTakesNoPlace() async throws {
        let stays = ShortStays(places: 1, expected: .seconds(60), overstayingMax: 1)
        let (end, continuation) = AsyncStream.makeStream(of: Void.self)
        let first = guest(0, in: stays, until: end)
        try await waitUntil { order.withLock { $0 } == [0] }
        let (never, _) = AsyncStream.makeStream(of: Void.self)
        let second = guest(1, in: stays, until: never)
        try await waitUntil { stays.waitingCount == 1 }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(stays.waitingCount == 0)
        continuation.finish()
        try await first.value
        try await stays.withPlace {}
        #expect(order.withLock { $0 } == [0])
    }
}
