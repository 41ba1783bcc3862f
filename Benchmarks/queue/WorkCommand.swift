import ANBCore
import ANBQueue
import ArgumentParser
import Foundation

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
        let handler = BenchHandler(count: count)
        try await backends.withQueue { queue in
            // A pipe would hold back what print writes.
            try FileHandle.standardOutput.write(contentsOf: Data("ready\n".utf8))
            try await work(handler, database, queue, slots: slots)
        }
        for (job, time) in handler.found.started { print(job, time) }
        print("end", handler.found.lastCommit)
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
