import Synchronization

/// A running total.
final class ByteCounter: Sendable {
    private let total = Mutex<Int64>(0)

    /// - Returns: The total with `count` added.
    func add(_ count: Int64) -> Int64 {
        total.withLock { total in
            total += count
            return total
        }
    }
}
