/// What happens later, earliest first; what was added first decides between equals.
struct TimerHeap {
    enum Action {
        /// Ends a wait, if it is still on.
        case wake(Int)
        case run(() -> Void)
    }

    struct Timer {
        var at: Int64
        var order: Int
        var action: Action

        static func < (left: Timer, right: Timer) -> Bool { (left.at, left.order) < (right.at, right.order) }
    }

    private var timers: [Timer] = []
    private var added = 0

    var first: Timer? { timers.first }

    mutating func add(_ action: Action, at time: Int64) {
        added += 1
        timers.append(Timer(at: time, order: added, action: action))
        var child = timers.count - 1
        while child > 0, timers[child] < timers[(child - 1) / 2] {
            timers.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() -> Timer {
        timers.swapAt(0, timers.count - 1)
        let first = timers.removeLast()
        var parent = 0
        while true {
            var least = 2 * parent + 1
            if least + 1 < timers.count, timers[least + 1] < timers[least] { least += 1 }
            guard least < timers.count, timers[least] < timers[parent] else { return first }
            timers.swapAt(parent, least)
            parent = least
        }
    }
}
