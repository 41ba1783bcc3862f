import ANBComposition
import ArgumentParser

/// `anb-worker health`: whether the worker of the same settings moves.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Exits 0 when a worker on this data folder moves, else 75; for health checks of containers.")

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating { try await LifeSign.check(Settings(await settings.sources())) }
    }
}
