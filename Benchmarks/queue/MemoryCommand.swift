import ANBCore
import ANBPersistence
import ANBQueue
import ArgumentParser

/// The queue in memory with the ledger in memory, all in one process; prints what `send` and `work` print.
struct MemoryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "memory")

    @Option(help: "Jobs.")
    var count: Int

    @Option(help: "Messages a second; 0 is as fast as they go.")
    var rate = 0

    @Option(help: "Jobs at the same time.")
    var slots: Int

    func run() async throws {
        let database = MemoryDatabase()
        let queue = MemoryJobQueue()
        let jobs = try await BenchJobs.insert(count, into: database)
        let handler = BenchHandler(count: count)
        async let finished: Void = work(handler, database, queue, slots: slots)
        let start = ContinuousClock.now
        var sent: [Int64] = []
        for (number, job) in jobs.enumerated() {
            if rate > 0 { try await Task.sleep(until: start + .microseconds(number * 1_000_000 / rate), tolerance: .zero) }
            sent.append(microseconds())
            try await queue.send([JobMessage(job)])
        }
        try await finished
        for (job, time) in zip(jobs, sent) { print("sent", job.id, time) }
        for (job, time) in handler.found.started { print("started", job, time) }
        print("end", handler.found.lastCommit)
    }
}
