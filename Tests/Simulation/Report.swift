import Foundation

extension Simulation {
    /// One seed, with lines of what happens.
    public static func traced(_ seed: UInt64, sabotage: Sabotage? = nil) async -> Outcome {
        await withCheckedContinuation { continuation in
            onOwnThread { continuation.resume(returning: run(seed, sabotage: sabotage, isTraced: true)) }
        }
    }

    /// A simulation blocks its thread, and nothing else may run between its steps.
    static func onOwnThread(_ body: @escaping @Sendable () -> Void) {
        let thread = Thread(block: body)
        thread.stackSize = 8 << 20
        thread.start()
    }
}

extension Simulation.Outcome {
    /// Lines of the trace that a report shows.
    private static let linesMax = 60

    /// What is needed to understand a failure and to see it again.
    public func report(_ sabotage: Sabotage? = nil) async -> String {
        let traced = await Simulation.traced(seed, sabotage: sabotage)
        let option = sabotage.map { " --sabotage \($0.rawValue)" } ?? ""
        return """
            seed \(seed) VIOLATED \(violation?.description ?? "nothing")
            \(traced.hash == hash ? "" : "THE REPLAY WAS ANOTHER RUN\n")\
            \(traced.lines.suffix(Self.linesMax).joined(separator: "\n"))
            replay: swift run anb-simulation --seeds \(seed)\(option) --trace
            """
    }
}

extension SeedRange.Summary {
    /// What happened in all seeds together.
    public func table(seconds wall: Double) -> String {
        let rows = Count.allCases.map { "  \($0.rawValue) \(counts[$0])" }
        return """
            \(seeds) seeds in \(Int(wall)) s, \(Int(seconds / 3600)) simulated hours, \(steps) steps
            \(rows.joined(separator: "\n"))
              slowest_work_healed_s \(Int(workHealedSecondsMax))
              slowest_healed_s \(Int(healedSecondsMax))
              violations \(failure == nil ? 0 : 1)
            """
    }
}
