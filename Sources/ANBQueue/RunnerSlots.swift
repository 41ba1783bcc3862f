import Synchronization

/// The slots of one runner in which jobs run.
final class RunnerSlots: Sendable {
    fileprivate struct Slot: Sendable {
        /// How often in a row work could not begin here.
        var failures = 0
    }

    /// Somebody's hold of a slot, to be let go once.
    final class Hold: Sendable {
        private let slots: RunnerSlots
        private let slot: Mutex<Slot?>

        fileprivate init(of slots: RunnerSlots, _ slot: Slot) {
            self.slots = slots
            self.slot = Mutex(slot)
        }

        /// How often in a row work could not begin here; 0 when it was let go.
        var failures: Int { slot.withLock { $0?.failures ?? 0 } }

        /// Does nothing the second time.
        /// - Parameter failures: For the next one.
        func letGo(failures: Int = 0) {
            let isHeld = slot.withLock { slot in
                defer { slot = nil }
                return slot != nil
            }
            if isHeld { slots.free(Slot(failures: failures)) }
        }
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
    func take() -> Hold { Hold(of: self, idle.withLock { $0.popLast() } ?? Slot()) }

    private func free(_ slot: Slot) {
        idle.withLock { $0.append(slot) }
        bell.ring()
    }
}
