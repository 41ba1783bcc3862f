import Synchronization

/// The places of one runner in which jobs run.
final class RunnerSlots: Sendable {
    struct Slot: Sendable {
        /// How often in a row work could not begin here.
        var failures = 0
    }

    private let idle: Mutex<[Slot]>
    private let bell = Doorbell()

    init(count: Int) { idle = Mutex(Array(repeating: Slot(), count: max(count, 1))) }

    /// Waits until there is a free one, or the task is cancelled.
    /// - Returns: How many are free.
    func waitForFree() async -> Int {
        while true {
            let rings = bell.rings
            let count = idle.withLock(\.count)
            if count > 0 || Task.isCancelled { return count }
            await bell.wait(after: rings)
        }
    }

    /// Takes a free one.
    func take() -> Slot { idle.withLock { $0.popLast() } ?? Slot() }

    func free(_ slot: Slot) {
        idle.withLock { $0.append(slot) }
        bell.ring()
    }
}
