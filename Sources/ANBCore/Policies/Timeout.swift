/// Runs `operation` and gives up on it after `limit`.
/// - Throws: ``ANBError/Code/unavailable`` when the limit passed first; the operation is then cancelled, and awaited.
package func withTimeout<Value: Sendable>(
    _ limit: Duration, clock: any WallClock, doing what: String, _ operation: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            try await clock.sleep(for: limit)
            throw ANBError.unavailable("\(what) took longer than \(limit)")
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw ANBError.internal("a task group lost its tasks") }
        return value
    }
}
