import ANBCore

/// The way of one process to one service. Every call passes here, and here it breaks.
struct Port: Sendable {
    let world: World
    let process: SimulatedProcess
    let service: Service

    /// - Parameters:
    ///   - isInterruptible: Whether a cancelled task stops waiting; what it asked for may happen all the same.
    ///   - effect: Happens at one instant; it must not wait.
    func call<Value: Sendable>(
        _ what: @autoclosure @escaping @Sendable () -> String, isInterruptible: Bool = true,
        _ effect: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try process.checkAlive()
        if isInterruptible { try Task.checkCancellation() }
        let fate = world.fate(of: self)
        world.scheduler.note(UInt64(service.rawValue + 10), process, "\(service) \(what()) \(fate.ending)")
        do {
            try await wait(fate.before, isInterruptible)
        } catch {
            try process.checkAlive()
            if fate.landsWhenCancelled { world.land(after: fate.before, as: process, effect) }
            throw error
        }
        // What was decided while faults were on does not happen after their end.
        let ending = world.faultsAreOn ? fate.ending : .passes
        switch ending {
        case .fails: throw world.fault(service, after: fate)
        case .landsLate(let delay):
            world.land(after: delay, as: process, effect)
            throw world.fault(service, after: fate)
        case .killedBefore: try await kill()
        case .pausedBefore(let time): try await pause(time)
        case .passes, .losesAnswer, .killedAfter, .pausedAfter: break
        }
        let value = try await world.acting(process, effect)
        switch ending {
        case .losesAnswer: throw world.fault(service, after: fate)
        case .killedAfter: try await kill()
        case .pausedAfter(let time): try await pause(time)
        default: try await wait(fate.after, false)
        }
        return value
    }

    private func wait(_ milliseconds: Int64, _ isInterruptible: Bool) async throws {
        guard milliseconds > 0 else { return }
        try await world.scheduler.sleep(milliseconds, isInterruptible: isInterruptible)
        try process.checkAlive()
    }

    /// The caller's process dies here and now; this never returns.
    func kill() async throws {
        world.crash(process)
        try await world.scheduler.wait(world.scheduler.newWait(), isInterruptible: false)
        throw CancellationError()
    }

    private func pause(_ milliseconds: Int64) async throws {
        world.pause(process, for: milliseconds)
        try await wait(1, false)
    }
}

/// What becomes of one call.
struct Fate {
    enum Ending {
        case passes, fails, losesAnswer, killedBefore, killedAfter
        /// Milliseconds.
        case landsLate(Int64), pausedBefore(Int64), pausedAfter(Int64)
    }

    var ending = Ending.passes
    /// Milliseconds until the effect.
    var before: Int64 = 0
    /// Milliseconds from the effect to the answer.
    var after: Int64 = 0
    var landsWhenCancelled = false
    var isUnknownError = false
}

/// A failure of which nobody said whether it may pass.
struct UnknownFault: Error {}
