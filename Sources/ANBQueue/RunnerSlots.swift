import Synchronization

/// The slots of one runner in which jobs run.
///
/// A run may let its slot go before it ends. Then no more than twice as many run as there are slots: a store that is slower than the
/// encoder would otherwise gather renditions without end.
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
        func letGo() { letGo(Slot(), ends: false) }

        /// To be called once, at the end of the run.
        /// - Parameter failures: For the next one, unless the slot was let go before.
        func end(failures: Int = 0) { letGo(Slot(failures: failures), ends: true) }

        private func letGo(_ next: Slot, ends: Bool) {
            let isHeld = slot.withLock { slot in
                defer { slot = nil }
                return slot != nil
            }
            slots.free(isHeld ? next : nil, ends: ends)
        }
    }

    private struct State {
        var idle: [Slot]
        var running = 0
    }

    private let state: Mutex<State>
    private let bell = Doorbell()
    private let runningMax: Int

    init(count: Int) {
        let count = max(count, 1)
        runningMax = 2 * count
        state = Mutex(State(idle: Array(repeating: Slot(), count: count)))
    }

    /// Waits until there is a free one, or the task is cancelled.
    /// - Returns: How many are free.
    func waitForFree() async -> Int {
        while true {
            let rings = bell.rings
            let count = state.withLock { min($0.idle.count, runningMax - $0.running) }
            if count > 0 || Task.isCancelled { return count }
            await bell.wait(after: rings)
        }
    }

    /// Takes a free one.
    func take() -> Hold {
        let slot = state.withLock { state in
            state.running += 1
            return state.idle.popLast() ?? Slot()
        }
        return Hold(of: self, slot)
    }

    private func free(_ slot: Slot?, ends: Bool) {
        state.withLock { state in
            if let slot { state.idle.append(slot) }
            if ends { state.running -= 1 }
        }
        bell.ring()
    }
}
