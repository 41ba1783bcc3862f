/// What one person did about one vote, and whether the answers can all be true.
struct VoteHistory {
    struct Operation {
        var isCast: Bool
        /// Milliseconds.
        var from: Int64
        /// When the answer came; `nil` when none did, and it may still happen.
        var until: Int64?
        /// Whether the answer was that it changed something; `nil` without an answer.
        var changed: Bool?
    }

    /// Operations, and those of them without an answer, that can be judged in no time.
    private static let operationsMax = 30
    private static let unansweredMax = 8

    var operations: [Operation] = []

    /// Whether there should be no more.
    var isFull: Bool {
        operations.count >= Self.operationsMax || operations.count { $0.until == nil } >= Self.unansweredMax
    }

    /// Whether there is an order of the operations, each between its question and its answer, in which every answer is true
    /// and the vote is at last as it is. Operations without an answer may have happened once, or never.
    func explains(isLive: Bool) -> Bool {
        var tried: Set<Int> = []
        func search(_ done: Int, _ state: Bool) -> Bool {
            let isComplete = operations.indices.allSatisfy { done & 1 << $0 != 0 || operations[$0].until == nil }
            if isComplete && state == isLive { return true }
            guard tried.insert(done << 1 | (state ? 1 : 0)).inserted else { return false }
            return operations.indices.contains { index in
                guard done & 1 << index == 0, mayBeNext(index, done) else { return false }
                guard let next = operations[index].state(after: state) else { return false }
                return search(done | 1 << index, next)
            }
        }
        return search(0, false)
    }

    /// Nothing that was answered before this began is still to be placed.
    private func mayBeNext(_ index: Int, _ done: Int) -> Bool {
        operations.indices.allSatisfy { other in
            done & 1 << other != 0 || (operations[other].until ?? .max) >= operations[index].from
        }
    }
}

extension VoteHistory.Operation {
    /// `nil` when the answer would be a lie.
    fileprivate func state(after state: Bool) -> Bool? {
        if let changed, changed != (state != isCast) { return nil }
        return isCast
    }
}
