import Synchronization

/// Lets a few in at a time, the others in the order of their coming.
package final class Turns: Sendable {
    private struct Waiter {
        var number: Int
        var continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var free: Int
        var count = 0
        var waiting: [Waiter] = []

        /// - Returns: Whose turn it is now; `nil` when one is free.
        mutating func release() -> Waiter? {
            if waiting.isEmpty {
                free += 1
                return nil
            }
            return waiting.removeFirst()
        }
    }

    private let state: Mutex<State>

    /// - Parameter count: At a time, at least 1.
    package init(count: Int) { state = Mutex(State(free: max(1, count))) }

    /// How many wait, and how many more could be in.
    package var waitingCount: Int { state.withLock(\.waiting.count) }
    package var freeCount: Int { state.withLock(\.free) }

    /// Whoever is in must ``leave()`` once.
    /// - Throws: `CancellationError` when cancelled while waiting.
    package func enter() async throws {
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

    package func leave() { state.withLock { $0.release() }?.continuation.resume() }
}
