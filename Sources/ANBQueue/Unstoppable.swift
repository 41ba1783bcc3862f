/// Runs work to its end although the surrounding task is cancelled: the books are kept also when a run is stopped.
/// The one task without a parent in this module; it is awaited here and now, so it cannot outlive its owner.
func unstoppable<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
    await Task { await work() }.value
}
