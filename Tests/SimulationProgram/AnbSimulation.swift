import ArgumentParser
import Foundation
import Simulation

/// Runs seeds of the simulation, or shows one of them line by line.
@main
struct AnbSimulation: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anb-simulation",
        abstract: "The whole platform in memory, on one thread, with faults, decided by a seed. See Docs/Simulation.md.")

    @Option(help: "One seed, or a range such as 1-2000.") var seeds: SeedArgument = SeedArgument(range: 1...2000)
    @Option(help: "Simulations at the same time.") var jobs = 1
    @Option(help: "A promise to break on purpose: \(Self.sabotages).", transform: Self.sabotage) var sabotage: Sabotage?
    @Flag(help: "Print what happens in the first seed, line by line.") var trace = false

    func run() async throws {
        if trace { return try await show(seeds.range.lowerBound) }
        let start = Date()
        let summary = await SeedRange(seeds.range, threads: jobs, sabotage: sabotage).run { count in
            if count.isMultiple(of: 10_000) { print("\(count) seeds") }
        }
        print(summary.table(seconds: Date().timeIntervalSince(start)))
        guard let failure = summary.failure else { return }
        print(await failure.report(sabotage))
        throw ExitCode.failure
    }

    private static var sabotages: String { Sabotage.allCases.map(\.rawValue).joined(separator: ", ") }

    private static func sabotage(_ name: String) throws -> Sabotage {
        guard let sabotage = Sabotage(rawValue: name) else { throw ValidationError("There is \(sabotages).") }
        return sabotage
    }

    private func show(_ seed: UInt64) async throws {
        let outcome = await Simulation.traced(seed, sabotage: sabotage)
        outcome.lines.forEach { print($0) }
        print("seed \(seed), \(outcome.steps) steps, hash \(String(outcome.hash, radix: 16))")
        guard let violation = outcome.violation else { return }
        print("VIOLATED \(violation)")
        throw ExitCode.failure
    }
}

/// `7` or `1-2000`.
struct SeedArgument: ExpressibleByArgument {
    var range: ClosedRange<UInt64>

    init(range: ClosedRange<UInt64>) { self.range = range }

    init?(argument: String) {
        let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
        guard (1...2).contains(ends.count), let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last else {
            return nil
        }
        range = first...last
    }

    var defaultValueDescription: String { "\(range.lowerBound)-\(range.upperBound)" }
}
