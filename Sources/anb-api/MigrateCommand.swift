import ANBComposition
import ArgumentParser

/// `anb-api migrate`: the schema, without serving.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "migrate", abstract: "Brings the database schema up to date.")

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            try await Assembly.migrate(Settings(await settings.sources()))
            print("The schema is up to date.")
        }
    }
}
