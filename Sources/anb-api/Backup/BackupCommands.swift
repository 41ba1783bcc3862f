import ANBComposition
import ArgumentParser

/// `anb-api backup FILE`.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies the SQLite database into a new file while servers go on.",
        discussion: "Objects are not in it. For PostgreSQL use pg_dump.")

    @Argument(help: "The file to make.")
    var file: String

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            try await DatabaseBackup.make(Settings(await settings.sources()), at: file)
            print("The database was copied to \(file).")
        }
    }
}

/// `anb-api restore FILE`.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Puts a backup where the settings say that the SQLite database is.",
        discussion: "End the servers first, and move the old database away with the files beside it: nothing is replaced.")

    @Argument(help: "A file that `anb-api backup` made.")
    var file: String

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            try await DatabaseBackup.restore(Settings(await settings.sources()), from: file)
            print("The database was restored from \(file).")
        }
    }
}
