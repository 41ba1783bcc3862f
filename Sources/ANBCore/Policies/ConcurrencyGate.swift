import Synchronization

/// Lets a fixed number in and turns the rest away at once: waiting would only grow memory.
final class ConcurrencyGate: Sendable {
    private let slots: Int
    private let used = Mutex(0)

    init(slots: Int) { self.slots = slots }

    /// - Throws: ``ANBError/Code/overloaded`` when every slot is taken.
    func withSlot<Value>(_ body: () async throws -> Value) async throws -> Value {
        let entered = used.withLock { used in
            guard used < slots else { return false }
            used += 1
            return true
        }
        guard entered else {
            throw ANBError(
                .overloaded, "Too many uploads at the moment. Please try again in a few seconds.",
                operatorMessage: "all \(slots) upload slots are taken", recovery: .retryLater(after: .seconds(5)))
        }
        defer { used.withLock { $0 -= 1 } }
        return try await body()
    }
}
