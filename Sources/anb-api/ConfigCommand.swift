import ANBComposition
import ArgumentParser

/// `anb-api config`: what is set, and where it comes from.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Prints every setting with its value, where it came from and what it means.")

    @Flag(help: "Every setting as a table in Markdown instead, without what is set.")
    var markdown = false

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        if markdown { return print(settingsDocument()) }
        try await CommandExit.translating {
            let sources = try await settings.sources()
            print(try describeSettings(sources))
            _ = try Settings(sources)
        }
    }
}
