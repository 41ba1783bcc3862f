import NIOCore
import Synchronization

extension EventLoopFuture where Value: Sendable {
    /// The value; a cancelled task stops waiting at once, and what is waited for goes on.
    func valueUnlessCancelled() async throws -> Value {
        let wait = CancellableWait<Value>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                wait.begin(continuation)
                whenComplete { wait.end($0) }
            }
        } onCancel: {
            wait.end(.failure(CancellationError()))
        }
    }
}

/// Resumes a continuation with whatever comes first, once.
private final class CancellableWait<Value: Sendable>: Sendable {
    private enum State {
        case new
        case waiting(CheckedContinuation<Value, any Error>)
        case ended
    }

    private let state = Mutex(State.new)

    func begin(_ continuation: CheckedContinuation<Value, any Error>) {
        let isOver = state.withLock { state in
            if case .ended = state { return true }
            state = .waiting(continuation)
            return false
        }
        // Only a cancellation can come before the beginning.
        if isOver { continuation.resume(throwing: CancellationError()) }
    }

    func end(_ result: Result<Value, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            defer { state = .ended }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume(with: result)
    }
}
