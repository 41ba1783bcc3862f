import ANBCore
import Synchronization

/// Lets a few in at a time, in the order of their coming. Who stays for longer than expected no longer counts: a handful of
/// files that take all the time they are given must not keep everyone else waiting.
final class ShortStays: Sendable {
    private struct Waiter {
        var number: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        var count = 0
        var waiting: [Waiter] = []
    }

    private let expected: Duration
    private let clock: any WallClock
    private let state: Mutex<State>

    /// - Parameters:
    ///   - places: At least 1.
    ///   - expected: After which a place is given to the next one.
    init(places: Int, expected: Duration, clock: any WallClock = SystemClock()) {
        self.expected = expected
        self.clock = clock
        state = Mutex(State(free: places))
    }

    /// How many wait for a place, and how many places nobody has.
    var waitingCount: Int { state.withLock(\.waiting.count) }
    var freeCount: Int { state.withLock(\.free) }

    /// - Throws: `CancellationError` when cancelled while waiting, and what the body throws.
    func withPlace<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await enter()
        let place = Place(of: self)
        let expiry = Task { [clock, expected] in
            try await clock.sleep(for: expected)
            place.leave()
        }
        defer {
            expiry.cancel()
            place.leave()
        }
        return try await body()
    }

    private func enter() async throws {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let answer: Result<Void, any Error>? = state.withLock { state in
                    // Cancelled from here on, it is found among those who wait.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if state.free > 0 {
                        state.free -= 1
                        return .success(())
                    }
                    state.waiting.append(Waiter(number: number, continuation: continuation))
                    return nil
                }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0) }
            }
            waiter?.continuation.resume(throwing: CancellationError())
        }
    }

    private func leave() {
        let next = state.withLock { state in
            if state.waiting.isEmpty {
                state.free += 1
                return nil as Waiter?
            }
            return state.waiting.removeFirst()
        }
        next?.continuation.resume()
    }

    /// Given back once, by whoever is first.
    private final class Place: Sendable {
        private let stays: ShortStays
        private let isLeft = Atomic<Bool>(false)

        init(of stays: ShortStays) { self.stays = stays }

        func leave() {
            if !isLeft.exchange(true, ordering: .relaxed) { stays.leave() }
        }
    }
}
