import ANBCore
import ANBQueue
import ArgumentParser

/// Puts jobs into the ledger, then rings for each; prints `job sent-µs` lines.
struct SendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "send")

    @OptionGroup var backends: Backends

    @Option(help: "Jobs.")
    var count: Int

    @Option(help: "Messages a second; 0 is as fast as they go.")
    var rate = 0

    @Option(help: "Messages of one send.")
    var batch = 1

    func run() async throws {
        let database = try await backends.openDatabase(connections: 2)
        let jobs = try await BenchJobs.insert(count, into: database)
        try await backends.withQueue { queue in
            let start = ContinuousClock.now
            var sent: [Int64] = []
            for first in stride(from: 0, to: count, by: batch) {
                if rate > 0 { try await Task.sleep(until: start + .microseconds(first * 1_000_000 / rate), tolerance: .zero) }
                let some = jobs[first..<min(first + batch, count)]
                sent += some.map { _ in microseconds() }
                try await queue.send(some.map { JobMessage($0) })
            }
            for (job, time) in zip(jobs, sent) { print(job.id, time) }
        }
    }
}
