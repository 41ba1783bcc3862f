import ANBCore
import Synchronization

/// Lets a few in at a time, in the order of their coming. Who stays for longer than expected no longer counts: a handful of
/// files that take all the time they are given must not keep everyone else waiting. Of those only so many are inside at a time,
/// because each has its memory.
final class ShortStays: Sendable {
    private let expected: Duration
    private let overstayingMax: Int
    private let clock: any WallClock
    private let turns: Turns
    /// Guests whose places were given away.
    private let overstaying = Mutex(0)

    /// - Parameters:
    ///   - places: At least 1.
    ///   - expected: After which a place is given to the next one.
    ///   - overstayingMax: Guests whose places are given away at a time.
    init(places: Int, expected: Duration, overstayingMax: Int, clock: any WallClock = SystemClock()) {
        self.expected = expected
        self.overstayingMax = overstayingMax
        self.clock = clock
        turns = Turns(count: places)
    }

    /// How many wait for a place, and how many places nobody has.
    var waitingCount: Int { turns.waitingCount }
    var freeCount: Int { turns.freeCount }

    /// - Throws: `CancellationError` when cancelled while waiting, and what the body throws.
    func withPlace<Value>(_ body: () async throws -> Value) async throws -> Value {
        try await turns.enter()
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

    /// - Returns: Whether the place is somebody else's now.
    private func giveAway() -> Bool {
        let isAllowed = overstaying.withLock { count in
            guard count < overstayingMax else { return false }
            count += 1
            return true
        }
        if isAllowed { turns.leave() }
        return isAllowed
    }

    /// - Parameter isGivenAway: Whether the place is somebody else's already.
    private func leave(isGivenAway: Bool) {
        if isGivenAway { overstaying.withLock { $0 -= 1 } } else { turns.leave() }
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
