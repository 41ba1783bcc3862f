public import ANBCore
import Synchronization

/// A clock that stands still until a test moves it.
///
/// A sleeper wakes as soon as the clock has reached its time. Between ``advance(by:)`` and what woke tasks do next a
/// test waits with ``waitForSleepers(_:limit:)``, never by sleeping.
public final class ManualClock: WallClock {
    private struct Sleeper {
        var wakesAt: Timestamp
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct Watcher {
        var count: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: Timestamp
        var nextID = 0
        var sleepers: [Int: Sleeper] = [:]
        var watchers: [Int: Watcher] = [:]

        mutating func newID() -> Int {
            nextID += 1
            return nextID
        }
    }

    private let state: Mutex<State>

    /// - Parameter now: Where the clock starts; some day in 2025 unless told.
    public init(now: Timestamp = Timestamp(milliseconds: 1_750_000_000_000)) {
        state = Mutex(State(now: now))
    }

    public var now: Timestamp { state.withLock { $0.now } }

    /// How many tasks sleep on this clock now.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    public func sleep(for duration: Duration) async throws {
        let id = state.withLock { $0.newID() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { addSleeper(id, for: duration, $0) }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
        try Task.checkCancellation()
    }

    /// Moves the clock forward and wakes every sleeper whose time has come, earliest first.
    public func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now = state.now + duration
            let due = state.sleepers.filter { $0.value.wakesAt <= state.now }
            due.keys.forEach { state.sleepers[$0] = nil }
            return due.sorted { ($0.value.wakesAt, $0.key) < ($1.value.wakesAt, $1.key) }.map(\.value.continuation)
        }
        due.forEach { $0.resume() }
    }

    /// Returns as soon as at least `count` tasks sleep on this clock.
    /// - Parameters:
    ///   - count: Sleepers to wait for, 1 or more.
    ///   - limit: Real time after which the wait fails, so that a broken test ends.
    public func waitForSleepers(_ count: Int, limit: Duration = .seconds(30)) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await self.watch(for: count) }
            group.addTask {
                try await Task.sleep(for: limit)
                throw ConformanceFailure("\(self.sleeperCount) tasks sleep on the clock, expected \(count)")
            }
            try await group.next()
            group.cancelAll()
        }
    }

    private func addSleeper(_ id: Int, for duration: Duration, _ continuation: CheckedContinuation<Void, any Error>) {
        let awake = state.withLock { state -> [CheckedContinuation<Void, any Error>] in
            let wakesAt = state.now + duration
            guard wakesAt > state.now, !Task.isCancelled else { return [continuation] }
            state.sleepers[id] = Sleeper(wakesAt: wakesAt, continuation: continuation)
            let content = state.watchers.filter { $0.value.count <= state.sleepers.count }
            content.keys.forEach { state.watchers[$0] = nil }
            return content.map(\.value.continuation)
        }
        awake.forEach { $0.resume() }
    }

    private func watch(for count: Int) async throws {
        let id = state.withLock { $0.newID() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isContent = state.withLock { state in
                    if state.sleepers.count >= count || Task.isCancelled { return true }
                    state.watchers[id] = Watcher(count: count, continuation: continuation)
                    return false
                }
                if isContent { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.watchers.removeValue(forKey: id) }?.continuation.resume(throwing: CancellationError())
        }
    }
}
