public import ANBCore
import Synchronization

/// A database that lives as long as the process: for tests, simulations and trying things out.
///
/// Transactions run one at a time.
public final class MemoryDatabase: Database {
    private let tables = Mutex(MemoryTables())
    private let onCommit: (@Sendable ([MemoryChange]) -> Void)?

    /// An empty one.
    public init() { onCommit = nil }

    /// - Parameter onCommit: Told of every transaction that changed a row that ``MemoryChange`` knows, one at a time and
    ///   before anybody sees its effect.
    package init(onCommit: @escaping @Sendable ([MemoryChange]) -> Void) { self.onCommit = onCommit }

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
                if let onCommit {
                    let changes = tables.changes
                    if !changes.isEmpty { onCommit(changes) }
                }
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
