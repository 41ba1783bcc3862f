import ANBCore
import Synchronization

/// The check of one dependency, with a bound on the wait for it even when the check itself cannot be interrupted: then
/// it stays the only one of its kind, and whoever asks meanwhile waits for that one.
final class BoundedCheck: Sendable {
    static let ok = "ok"

    private struct State {
        var running: Task<Void, Never>?
        var waiters: [Int: AsyncStream<String>.Continuation] = [:]
        var count = 0
    }

    let name: String
    private let run: @Sendable () async throws -> Void
    private let limit: Duration
    private let clock: any WallClock
    private let state = Mutex(State())

    init(_ check: Readiness.Check, limit: Duration, clock: any WallClock) {
        self.name = check.name
        self.run = check.run
        self.limit = limit
        self.clock = clock
    }

    /// - Returns: `ok`, or what anyone may know about why not.
    func state() async -> String {
        let (answers, id) = join()
        defer { state.withLock { $0.waiters[id] = nil } }
        return await withTaskGroup(of: String?.self) { [clock, limit] group in
            group.addTask { await answers.first { _ in true } }
            group.addTask {
                try? await clock.sleep(for: limit)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next().flatMap { $0 } ?? "no answer"
        }
    }

    private func join() -> (answers: AsyncStream<String>, id: Int) {
        let (answers, continuation) = AsyncStream.makeStream(of: String.self)
        return state.withLock { state in
            state.count += 1
            state.waiters[state.count] = continuation
            if state.running == nil { state.running = Task { await self.runOnce() } }
            return (answers, state.count)
        }
    }

    private func runOnce() async {
        let answer = await Self.answer(run)
        let waiters = state.withLock { state in
            state.running = nil
            return state.waiters.values
        }
        for waiter in waiters { waiter.yield(answer) }
    }

    private static func answer(_ run: () async throws -> Void) async -> String {
        do {
            try await run()
            return ok
        } catch {
            return (error as? ANBError)?.code.description ?? "failed"
        }
    }
}
