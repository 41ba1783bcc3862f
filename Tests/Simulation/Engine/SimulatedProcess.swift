/// One start of one program. What it runs stops when it is killed or paused, between two steps as in life.
///
/// Sendable without a lock: only the simulation's thread touches it.
final class SimulatedProcess: @unchecked Sendable {
    enum State: Equatable {
        case running
        case paused
        /// Nothing of it runs any more.
        case dead
        /// The simulation is over: its tasks may end, and have no effect on anything.
        case reaped
    }

    /// Its place in the scheduler's list.
    let index: Int
    /// Unique; also its name in the ledger.
    let name: String
    /// How far its clock is off, milliseconds.
    let skew: Int64
    var state = State.running
    /// What became ready while it could not run.
    var parked: [UnsafeMutableRawPointer] = []
    var tasks: [Int: Task<Void, Never>] = [:]
    var spawned = 0

    init(index: Int, name: String, skew: Int64) {
        self.index = index
        self.name = name
        self.skew = skew
    }

    /// - Throws: `CancellationError` when the simulation is over.
    func checkAlive() throws {
        if state == .reaped { throw CancellationError() }
    }
}
