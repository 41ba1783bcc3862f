import Synchronization

/// Lets a fixed number in, and only some of them for any one account, and turns the rest away at once: waiting would
/// only grow memory.
final class ConcurrencyGate: Sendable {
    private struct Use {
        var total = 0
        var byUser: [UserID: Int] = [:]
    }

    private let slots: Int
    private let slotsPerUser: Int
    private let use = Mutex(Use())

    init(slots: Int, slotsPerUser: Int) {
        self.slots = slots
        self.slotsPerUser = slotsPerUser
    }

    /// - Throws: ``ANBError/Code/overloaded`` when every slot, or every slot of the account, is taken.
    func withSlot<Value>(for user: UserID, _ body: () async throws -> Value) async throws -> Value {
        try enter(user)
        defer { leave(user) }
        return try await body()
    }

    private func enter(_ user: UserID) throws {
        try use.withLock { use in
            guard use.total < slots else {
                throw Self.full("Too many uploads at the moment. Please try again in a few seconds.")
            }
            guard use.byUser[user, default: 0] < slotsPerUser else {
                throw Self.full("You are uploading \(slotsPerUser) videos already. Please wait until one is done.")
            }
            use.total += 1
            use.byUser[user, default: 0] += 1
        }
    }

    private func leave(_ user: UserID) {
        use.withLock { use in
            use.total -= 1
            let left = use.byUser[user, default: 1] - 1
            use.byUser[user] = left > 0 ? left : nil
        }
    }

    private static func full(_ message: String) -> ANBError {
        ANBError(.overloaded, message, recovery: .retryLater(after: .seconds(5)))
    }
}
