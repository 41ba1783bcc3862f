import ANBComposition
import ArgumentParser

/// `anb-worker setup-queues`: creates the SQS queue and its dead-letter queue, or repairs them.
struct SetupQueuesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup-queues",
        abstract: "Creates the SQS queue and its dead-letter queue with what the platform needs; may run again.")

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            bootstrapLogging(settings)
            for line in try await setUpQueues(settings) { print(line) }
        }
    }
}
