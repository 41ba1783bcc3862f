import ANBCore
import ANBQueue
import ArgumentParser

/// A worker until that many jobs are committed; prints `job started-µs` lines and `end µs`.
struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "work")

    @OptionGroup var backends: Backends

    @Option(help: "Jobs.")
    var count: Int

    @Option(help: "Jobs at the same time.")
    var slots: Int

    func run() async throws {
        let database = try await backends.openDatabase(connections: slots)
        let queue = try backends.openQueue()
        try await queue.check()
        print("ready")
        let handler = BenchHandler(count: count)
        try await work(handler, database, queue, slots: slots)
        for (job, time) in handler.found.started { print(job, time) }
        print("end", handler.found.lastCommit)
        await queue.close()
    }
}

/// Runs a worker until the handler has seen all its jobs.
func work(_ handler: BenchHandler, _ database: any Database, _ queue: any JobQueue, slots: Int) async throws {
    let runner = JobRunner(
        database: database, queue: queue, handlers: [handler],
        settings: JobRunnerSettings(worker: "bench", slots: slots), logger: Backends.quiet)
    await withTaskGroup(of: Void.self) { group in
        group.addTask { await runner.run() }
        for await _ in handler.isDone {}
        runner.drain()
        await group.waitForAll()
    }
}
