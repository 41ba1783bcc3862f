import ANBComposition
import ArgumentParser

/// `anb-api health`: whether the server of the same settings answers.
struct HealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health",
        abstract: "Exits 0 when the server on this machine answers, else 75; for health checks of containers.")

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating { try await HealthProbe.check(Settings(await settings.sources())) }
    }
}
