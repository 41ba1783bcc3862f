import ANBMedia
import ArgumentParser

@main
struct AnbWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anb-worker",
        abstract: "Turns players' clips into the contest's videos.",
        subcommands: [
            RunCommand.self, ProcessCommand.self, ProbeCommand.self, SweepCommand.self, SetupQueuesCommand.self,
            DeadLettersCommand.self, StatusCommand.self, HealthCommand.self, DoctorCommand.self, ConformanceCommand.self,
        ])

    static func main() async {
        // The decoding child starts here, before anything else of the program exists.
        MediaChild.runIfRequested()
        await main(nil)
    }
}
