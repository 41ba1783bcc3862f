package import ANBCore
import Synchronization

/// A database whose transactions fail when a test wants it. Like a remote one, it does nothing for a cancelled task.
package final class FaultyDatabase: Database {
    /// When one transaction fails.
    package enum Fault: Sendable {
        /// Nothing was written.
        case beforeCommit(any Error)
        /// Everything was written, but the answer was lost.
        case afterCommit(any Error)
    }

    private let database: any Database
    private let faults = Mutex<[Fault?]>([])
    private let failures: AsyncStream<Void>
    private let failed: AsyncStream<Void>.Continuation

    package init(_ database: any Database) {
        self.database = database
        (failures, failed) = AsyncStream.makeStream()
    }

    /// - Parameter faults: For the next transactions, one by one; `nil` lets one pass.
    package func fail(_ faults: [Fault?]) { self.faults.withLock { $0 = faults } }

    /// Returns when a transaction has failed as planned; each failure is told once.
    package func waitForFailure() async {
        for await _ in failures { return }
    }

    package func withTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        switch faults.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
        case nil: return try await database.withTransaction(body)
        case .beforeCommit(let error):
            failed.yield()
            throw error
        case .afterCommit(let error):
            _ = try await database.withTransaction(body)
            failed.yield()
            throw error
        }
    }

    package func read<Value: Sendable>(_ body: @escaping @Sendable (any ReadScope) throws -> Value) async throws -> Value {
        try await database.read(body)
    }

    package func migrate() async throws { try await database.migrate() }

    package func check() async throws { try await database.check() }
}
