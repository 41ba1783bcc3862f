public import ANBCore
public import ServiceLifecycle

/// What a contest does by itself: rings for jobs that are due, removes what no row needs, seals the audit log. One process
/// must run it, several may.
public struct ContestUpkeep: Service {
    private let contest: Contest
    private let sweepInterval: Duration

    /// - Parameters:
    ///   - contest: Whose upkeep it is.
    ///   - sweepInterval: Between two sweeps; at least a second.
    public init(of contest: Contest, sweepInterval: Duration = .seconds(300)) {
        self.contest = contest
        self.sweepInterval = sweepInterval
    }

    /// Goes on until the process shuts down or the task is cancelled; an outage of a backend does not end it.
    public func run() async throws {
        do {
            try await cancelWhenGracefulShutdown {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await contest.relay.run() }
                    group.addTask { try await contest.sweeper.run(every: sweepInterval) }
                    group.addTask { try await contest.audit.run(clock: contest.backends.clock) }
                    try await group.waitForAll()
                }
            }
        } catch is CancellationError {
            // The end that was asked for.
        }
    }
}
