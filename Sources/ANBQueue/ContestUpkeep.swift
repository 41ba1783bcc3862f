public import ANBCore
public import ServiceLifecycle

/// What a contest does by itself: rings for jobs that are due, removes what no row needs, seals the audit log. One process
/// must run it, several may.
public struct ContestUpkeep: Service, CustomStringConvertible {
    private let contest: Contest
    private let sweepInterval: Duration

    /// - Parameters:
    ///   - contest: Whose upkeep it is.
    ///   - sweepInterval: Between two sweeps; at least a second.
    public init(of contest: Contest, sweepInterval: Duration = .seconds(300)) {
        self.contest = contest
        self.sweepInterval = sweepInterval
    }

    /// Its name only: services are logged when they start and end, and a contest would be told with all that is in it.
    public var description: String { "ContestUpkeep" }

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
