import ANBCore
import ArgumentParser

/// Measures the hand-over from `send` to the worker and the jobs per second through ledger and queue. `hand_over.py` runs
/// it against real servers, beside Celery.
@main
struct QueueBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "anb-bench-queue", subcommands: [SendCommand.self, WorkCommand.self, MemoryCommand.self])
}

struct Backends: ParsableArguments {
    @Option(help: "sqlite:PATH or postgres://…")
    var database: String

    @Option(help: "redis://… or sqs, which its environment variables tell more of")
    var queue: String

    @Option(help: "Start of the keys in Redis; the name of the queue on SQS.")
    var name = "bench"
}
