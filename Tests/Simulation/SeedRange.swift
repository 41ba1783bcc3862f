import Synchronization

/// Many seeds, one after the other on each of a few threads.
public struct SeedRange: Sendable {
    /// What came of all of them.
    public struct Summary: Sendable {
        public var seeds = 0
        public var steps = 0
        /// Simulated seconds, all together.
        public var seconds = 0.0
        /// The longest of all.
        public var workHealedSecondsMax = 0.0
        public var healedSecondsMax = 0.0
        public var counts = Counts()
        /// The lowest seed that failed.
        public var failure: Simulation.Outcome?

        mutating func add(_ outcome: Simulation.Outcome) {
            seeds += 1
            steps += outcome.steps
            seconds += outcome.seconds
            workHealedSecondsMax = max(workHealedSecondsMax, outcome.workHealedSeconds)
            healedSecondsMax = max(healedSecondsMax, outcome.healedSeconds)
            counts += outcome.counts
            if outcome.violation != nil, outcome.seed < failure?.seed ?? .max { failure = outcome }
        }
    }

    /// What the threads share.
    private final class Shared: Sendable {
        struct State {
            var next: UInt64
            var threadsLeft: Int
            var summary = Summary()
        }

        let state: Mutex<State>

        init(_ state: State) { self.state = Mutex(state) }
    }

    private let seeds: ClosedRange<UInt64>
    private let threads: Int
    private let sabotage: Sabotage?

    /// - Parameter threads: At least 1.
    public init(_ seeds: ClosedRange<UInt64>, threads: Int = 1, sabotage: Sabotage? = nil) {
        self.seeds = seeds
        self.threads = max(1, threads)
        self.sabotage = sabotage
    }

    /// Runs until the first violation or to the end.
    /// - Parameter onProgress: Called now and then with the number of seeds that are done, from any thread.
    public func run(onProgress: @escaping @Sendable (Int) -> Void = { _ in }) async -> Summary {
        await withCheckedContinuation { continuation in
            let shared = Shared(.init(next: seeds.lowerBound, threadsLeft: threads))
            for _ in 0..<threads {
                Simulation.onOwnThread {
                    runSeeds(shared, onProgress)
                    let summary = shared.state.withLock { state in
                        state.threadsLeft -= 1
                        return state.threadsLeft == 0 ? state.summary : nil
                    }
                    if let summary { continuation.resume(returning: summary) }
                }
            }
        }
    }

    private func runSeeds(_ shared: Shared, _ onProgress: @Sendable (Int) -> Void) {
        while let seed = takeSeed(shared) {
            let outcome = Simulation.run(seed, sabotage: sabotage)
            let count = shared.state.withLock { state in
                state.summary.add(outcome)
                return state.summary.seeds
            }
            if count.isMultiple(of: 1000) { onProgress(count) }
        }
    }

    private func takeSeed(_ shared: Shared) -> UInt64? {
        shared.state.withLock { state in
            guard state.next <= seeds.upperBound, state.summary.failure == nil else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }
}
