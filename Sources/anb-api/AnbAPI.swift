import ANBMedia
import ArgumentParser

@main
struct AnbAPI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anb-api", abstract: "The HTTP API of the ANB Rising Stars Showcase.",
        subcommands: [
            ServeCommand.self, HealthCommand.self, MigrateCommand.self, ConfigCommand.self, OpenAPICommand.self, UserCommand.self,
            AuditCommand.self, VotesCommand.self, WebhooksCommand.self, BackupCommand.self, RestoreCommand.self,
            RestoreDrillCommand.self,
        ])

    static func main() async {
        // The decoding child starts here, before anything else of the program exists.
        MediaChild.runIfRequested()
        await main(nil)
    }
}
