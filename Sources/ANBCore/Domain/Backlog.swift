/// What the ledger holds at one moment.
public struct Backlog: Hashable, Sendable {
    /// Jobs that a worker could take now, those whose worker stopped giving signs of life included.
    public var due: Int
    /// Jobs that wait for a later retry.
    public var delayed: Int
    /// Jobs in a worker's hands.
    public var running: Int
    /// Jobs that were given up.
    public var dead: Int
    /// Since when the due job that waits longest could have been taken; `nil` when none is due.
    public var oldestDueAt: Timestamp?

    /// Counts of one moment, each 0 or more.
    public init(due: Int = 0, delayed: Int = 0, running: Int = 0, dead: Int = 0, oldestDueAt: Timestamp? = nil) {
        self.due = due
        self.delayed = delayed
        self.running = running
        self.dead = dead
        self.oldestDueAt = oldestDueAt
    }
}
