import ANBComposition
import ArgumentParser

/// `anb-worker run`: makes videos until it is told to stop.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Makes videos of a contest whose API runs elsewhere, until SIGTERM.")

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        endAtOnceWhileStarting()
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            bootstrapLogging(settings)
            let telemetry = Telemetry.bootstrap(settings, service: "anb-worker")
            let assembly = try await Assembly.open(settings, role: .worker, label: "anb-worker", telemetry: telemetry)
            try await assembly.run(assembly.workerServices() + [assembly.sweepingService()])
        }
    }
}
