public import ANBCore
import Synchronization

/// A database that lives as long as the process: for tests, simulations and trying things out.
///
/// Transactions run one at a time.
public final class MemoryDatabase: Database {
    private let tables = Mutex(MemoryTables())

    public init() {}

    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any ReadScope) throws -> Value
    ) async throws -> Value {
        try tables.withLock { try body($0) }
    }

    public func withTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value {
        try tables.withLock { tables in
            do {
                let value = try body(tables)
                tables.commit()
                return value
            } catch {
                tables.rollBack()
                throw error
            }
        }
    }

    /// There is no schema to bring up to date.
    public func migrate() async throws {}

    /// Always answers.
    public func check() async throws {}
}
