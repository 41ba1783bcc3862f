import ANBComposition
import ANBMedia
import ArgumentParser
import Foundation

/// `anb-worker run` with one difference: clips that ask for it are only pretended to be transcoded. For chaos runs, which
/// need more jobs than codecs could make; it is part of no product.
@main
struct ChaosWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "anb-chaos-worker")

    @Option(help: "Seconds that a pretended transcode takes, at most.")
    var fakeSeconds = 1.0

    @OptionGroup var settings: SettingsOptions

    static func main() async {
        MediaChild.runIfRequested()
        await main(nil)
    }

    func run() async throws {
        endAtOnceWhileStarting()
        try await CommandExit.translating {
            let settings = try Settings(await settings.sources())
            bootstrapLogging(settings)
            let media = ChaosMediaEngine(fakeSecondsMax: fakeSeconds)
            let assembly = try await Assembly.open(settings, role: .worker, label: "anb-chaos-worker", media: media)
            try await assembly.run(assembly.workerServices() + [assembly.sweepingService()])
        }
    }
}
