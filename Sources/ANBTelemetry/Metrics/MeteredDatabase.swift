public import ANBCore
import Dispatch
import Metrics
import Synchronization

/// A database whose waits and transactions are timed, whatever backend it is.
public struct MeteredDatabase: Database {
    private struct Timers {
        let wait: Timer
        let all: Timer

        init(_ access: String) {
            wait = Timer(label: "anb_database_wait_seconds", dimensions: [("access", access)])
            all = Timer(label: "anb_database_seconds", dimensions: [("access", access)])
        }
    }

    private let base: any Database
    private let reads = Timers("read")
    private let writes = Timers("write")

    public init(_ base: any Database) { self.base = base }

    public func read<Value: Sendable>(_ body: @escaping @Sendable (any ReadScope) throws -> Value) async throws -> Value {
        let wait = Wait(reads.wait)
        defer { wait.end(reads.all) }
        return try await base.read { scope in
            wait.isOver()
            return try body(scope)
        }
    }

    public func withTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value {
        let wait = Wait(writes.wait)
        defer { wait.end(writes.all) }
        return try await base.withTransaction { scope in
            wait.isOver()
            return try body(scope)
        }
    }

    public func migrate() async throws { try await base.migrate() }
    public func check() async throws { try await base.check() }
}

/// The body of a transaction may run again; only its first run ends the wait.
private final class Wait: Sendable {
    private let start = DispatchTime.now()
    private let timer: Timer
    private let hasEnded = Atomic<Bool>(false)

    init(_ timer: Timer) { self.timer = timer }

    func isOver() {
        if !hasEnded.exchange(true, ordering: .relaxed) { end(timer) }
    }

    func end(_ timer: Timer) {
        timer.recordNanoseconds(Int64(DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds))
    }
}
