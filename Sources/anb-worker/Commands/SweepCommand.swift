import ANBComposition
import ANBCore
import ArgumentParser
import Foundation

/// `anb-worker sweep`: one sweep, now.
struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Removes unfinished uploads, objects without a row, and ended sessions and jobs.")

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            bootstrapLogging(settings)
            let assembly = try await Assembly.open(settings, role: .command, label: "anb-worker")
            let report = try await assembly.contest.sweeper.sweep()
            try await assembly.close()
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        }
    }
}
