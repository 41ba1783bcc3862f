import ANBTesting
import Simulation
import Testing

@Suite(.serialized) struct SimulationTests {
    @Test func twoThousandSeedsKeepEveryPromise() async {
        let summary = await SeedRange(1...2000, threads: 2).run()
        if let failure = summary.failure { Issue.record("\(await failure.report())") }
        #expect(summary.seeds == 2000)
        for count in Count.allCases { #expect(summary.counts[count] > 0, "\(count.rawValue) never happened") }
    }

    @Test(arguments: Sabotage.allCases) func aBrokenPromiseIsFound(_ sabotage: Sabotage) async throws {
        let summary = await SeedRange(1...2000, sabotage: sabotage).run()
        let failure = try #require(summary.failure, "\(sabotage) went unnoticed")
        let invariant = try #require(failure.violation).invariant
        #expect(sabotage.breaks.contains(invariant), "\(sabotage) showed as \(invariant)")
        let report = await failure.report(sabotage)
        #expect(report.contains("VIOLATED \(invariant)") && !report.contains("ANOTHER RUN"))
        #expect(report.hasSuffix("anb-simulation --seeds \(failure.seed) --sabotage \(sabotage.rawValue) --trace"))
    }

    /// Dictionaries are ordered differently in every process; nothing here may depend on it.
    @Test(arguments: [3, 11, 58]) func aSeedRepeatsInEveryProcess(_ seed: UInt64) async throws {
        let program = try BuiltProducts.path(of: "anb-simulation")
        let first = try await Command.run([program, "--seeds", "\(seed)", "--trace"])
        let second = try await Command.run([program, "--seeds", "\(seed)", "--trace"])
        #expect(first.code == 0 && first.standardOutput.contains("hash"))
        #expect(first.standardOutput == second.standardOutput)

        let other = try await Command.run([program, "--seeds", "\(seed + 1)", "--trace"])
        #expect(other.standardOutput != first.standardOutput)
    }

    @Test func aFailureEndsTheProgramWithOne() async throws {
        let program = try BuiltProducts.path(of: "anb-simulation")
        let ending = try await Command.run([program, "--seeds", "1-200", "--sabotage", "neverSweeps", "--jobs", "2"])
        #expect(ending.code == 1)
        #expect(ending.standardOutput.contains("violations 1"))
    }
}

extension Sabotage {
    /// Where it may show first.
    var breaks: [Invariant] {
        switch self {
        case .neverRingsAgain: [.healsInTime]
        case .acknowledgesBeforeCommit: [.acknowledgedExists, .noMissingObjects, .answers]
        case .ignoresFences: [.holderWrites]
        case .finishesWithoutFence: [.holderWrites, .publishedByHolder]
        case .takesHeldJobs: [.leases]
        case .ignoresWorkerDeaths: [.attempts]
        case .confirmsSecondVotes, .inventsVotes: [.votes]
        case .sweepsFreshObjects, .losesFreshObjects: [.noMissingObjects]
        case .neverSweeps: [.noOrphans, .healsInTime]
        case .forgetsIdempotencyKeys: [.oneVideoPerUpload]
        }
    }
}
