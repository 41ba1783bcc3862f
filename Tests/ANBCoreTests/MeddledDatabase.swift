import ANBCore
import Synchronization

/// Does something before the first call of one kind: what somebody else does between two steps of a use case.
final class MeddledDatabase: Database {
    enum Call { case read, transaction }

    private let base: any Database
    private let call: Call
    private let meddling: @Sendable () async throws -> Void
    private let isDone = Mutex(false)

    init(_ base: any Database, before call: Call, _ meddling: @escaping @Sendable () async throws -> Void) {
        self.base = base
        self.call = call
        self.meddling = meddling
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any ReadScope) throws -> Value) async throws -> Value {
        try await meddle(before: .read)
        return try await base.read(body)
    }

    func withTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value {
        try await meddle(before: .transaction)
        return try await base.withTransaction(body)
    }

    private func meddle(before call: Call) async throws {
        guard call == self.call else { return }
        let wasDone = isDone.withLock { isDone in
            defer { isDone = true }
            return isDone
        }
        if !wasDone { try await meddling() }
    }

    func migrate() async throws { try await base.migrate() }
    func check() async throws { try await base.check() }
}
