import ANBCore

/// The clock of one process: the simulation's time, and a little off.
struct ProcessClock: WallClock {
    let scheduler: Scheduler
    let process: SimulatedProcess

    var now: Timestamp { Timestamp(milliseconds: scheduler.now + process.skew) }

    func sleep(for duration: Duration) async throws {
        try process.checkAlive()
        try await scheduler.sleep(duration.wholeMilliseconds)
        try Task.checkCancellation()
    }
}
