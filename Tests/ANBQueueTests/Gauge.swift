import Synchronization

/// How many are inside, and were at most.
final class Gauge: Sendable {
    private let state = Mutex((now: 0, highest: 0))

    var highest: Int { state.withLock { $0.highest } }

    /// - Returns: How many are inside now.
    func enter() -> Int {
        state.withLock { state in
            state.now += 1
            state.highest = max(state.highest, state.now)
            return state.now
        }
    }

    func leave() { state.withLock { $0.now -= 1 } }
}
