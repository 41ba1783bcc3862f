/// Runs work to its end although the surrounding task is cancelled: the books are kept also when a run, or a request, is
/// stopped. The only tasks without a parent are made here; they are awaited at once, so they cannot outlive their owner.
package func unstoppable<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
    await Task { await work() }.value
}

/// The same for work that may fail.
package func unstoppable<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await Task { try await work() }.value
}
