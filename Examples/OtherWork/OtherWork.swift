import ANBCore
import ANBMemoryDatabase
import ANBQueue
import Foundation
import Logging

/// The ledger and the runner for work that has nothing to do with videos: letters are sent, each once, and what fails is
/// tried again: `Scripts/swift run OtherWork`.
@main
struct OtherWork {
    static func main() async throws {
        let (database, queue, logger) = (MemoryDatabase(), MemoryJobQueue(), Logger(label: "post office"))
        let (sent, sending) = AsyncStream<UUID>.makeStream()
        let runner = JobRunner(
            database: database, queue: queue, handlers: [Letters(sent: sending)],
            settings: JobRunnerSettings(worker: "post office", slots: 2), logger: logger)
        // Rings for what is due: new jobs, retries, and what a worker left behind that died.
        let relay = OutboxRelay(database: database, queue: queue, logger: logger)

        let letters = (1...3).map { _ in
            Job(id: SystemIDs().next(), kind: Letters.name, about: UUID(), of: UUID(), createdAt: SystemClock().now)
        }
        // With a database of your own rows the job goes into the transaction that makes it necessary.
        try await database.withTransaction { transaction in
            for letter in letters { try transaction.insertJob(letter) }
        }
        await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await runner.run() }
            group.addTask { try await relay.run() }
            var count = 0
            for await letter in sent {
                count += 1
                print("letter \(letter) is on its way")
                if count == letters.count { break }
            }
            group.cancelAll()
        }
    }
}

/// Sends one letter. The first try always fails, as the post does.
struct Letters: JobHandler {
    static let name = Job.Kind(rawValue: "letter.send")

    let sent: AsyncStream<UUID>.Continuation
    var kind: Job.Kind { Self.name }

    func run(_ job: Job, _ context: JobContext) async throws -> JobResult {
        if job.attempt == 1 { throw ANBError.unavailable("the post office is closed") }
        return JobResult { _ in
            // Here, in the transaction that ends the job, your own rows change.
            true
        } afterCommit: {
            sent.yield(job.videoID.uuid)
        }
    }
}
