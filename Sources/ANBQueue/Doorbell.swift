import ANBCore
import Synchronization

/// Wakes whoever waits. A ring is counted, so that one between looking and waiting is not missed.
final class Doorbell: Sendable {
    private struct State {
        var rings = 0
        var nextID = 0
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    private let state = Mutex(State())

    /// How often it rang.
    var rings: Int { state.withLock { $0.rings } }

    func ring() {
        let waiting = state.withLock { state in
            state.rings += 1
            defer { state.waiting = [:] }
            return state.waiting
        }
        // Whoever waits longest wakes first, and a simulation repeats.
        for (_, continuation) in waiting.sorted(by: { $0.key < $1.key }) { continuation.resume() }
    }

    /// Returns once it rang more often than `seen`, or the task is cancelled.
    func wait(after seen: Int) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // The flag is set before the handler runs, so one of the two sees a cancellation.
                    if state.rings > seen || Task.isCancelled { return true }
                    state.waiting[id] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: id) }?.resume()
        }
    }

    /// As ``wait(after:)``, but returns after `limit` at the latest.
    func wait(after seen: Int, atMost limit: Duration, _ clock: any WallClock) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(after: seen) }
            group.addTask { try? await clock.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
