import ANBCore
import Synchronization

/// Lets a few in at a time, in the order of their coming. Who stays for longer than expected no longer counts: a handful of
/// files that take all the time they are given must not keep everyone else waiting. Of those only so many are inside at a time,
/// because each has its memory.
final class ShortStays: Sendable {
    private struct Waiter {
        var number: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        /// Guests whose places were given away.
        var overstaying = 0
        var count = 0
        var waiting: [Waiter] = []

        /// - Returns: Whose the place is now; `nil` when it is free.
        mutating func release() -> Waiter? {
            if waiting.isEmpty {
                free += 1
                return nil
            }
            return waiting.removeFirst()
        }
    }

    private let expected: Duration
    private let overstayingMax: Int
    private let clock: any WallClock
    private let state: Mutex<State>

    /// - Parameters:
    ///   - places: At least 1.
    ///   - expected: After which a place is given to the next one.
    ///   - overstayingMax: Guests whose places are given away at a time.
    init(places: Int, expected: Duration, overstayingMax: Int, clock: any WallClock = SystemClock()) {
        self.expected = expected
        self.overstayingMax = overstayingMax
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
            place.giveAway()
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

    /// - Returns: Whether the place is somebody else's now.
    private func giveAway() -> Bool {
        let next: Waiter?? = state.withLock { state in
            guard state.overstaying < overstayingMax else { return nil }
            state.overstaying += 1
            return .some(state.release())
        }
        guard let next else { return false }
        next?.continuation.resume()
        return true
    }

    /// - Parameter isGivenAway: Whether the place is somebody else's already.
    private func leave(isGivenAway: Bool) {
        let next: Waiter? = state.withLock { state in
            guard isGivenAway else { return state.release() }
            state.overstaying -= 1
            return nil
        }
        next?.continuation.resume()
    }

    /// One guest's.
    private final class Place: Sendable {
        private enum Use { case held, givenAway, left }

        private let stays: ShortStays
        private let use = Mutex(Use.held)

        init(of stays: ShortStays) { self.stays = stays }

        func giveAway() {
            use.withLock { use in
                if use == .held, stays.giveAway() { use = .givenAway }
            }
        }

        func leave() {
            use.withLock { use in
                stays.leave(isGivenAway: use == .givenAway)
                use = .left
            }
        }
    }
}
