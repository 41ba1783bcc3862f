import ANBCore
import Synchronization

/// Does nothing, and notes when each job began and when it was committed.
final class BenchHandler: JobHandler {
    struct Notes {
        var started: [(JobID, Int64)] = []
        var committed = 0
        var lastCommit: Int64 = 0
    }

    let kind = BenchJobs.kind
    private let count: Int
    private let notes = Mutex(Notes())
    private let done: AsyncStream<Void>.Continuation
    /// Ends when that many jobs are committed.
    let isDone: AsyncStream<Void>

    init(count: Int) {
        self.count = count
        (isDone, done) = AsyncStream.makeStream()
    }

    var found: Notes { notes.withLock { $0 } }

    func run(_ job: Job, _ context: JobContext) async throws -> JobResult {
        let now = microseconds()
        notes.withLock { $0.started.append((job.id, now)) }
        return JobResult(commit: { _ in true }, afterCommit: { self.committed() })
    }

    func recordBurial(
        _ job: Job, code: FailureCode, reason: String, in transaction: any TransactionScope, now: Timestamp
    ) throws {}

    private func committed() {
        let now = microseconds()
        let isLast = notes.withLock { notes in
            notes.committed += 1
            notes.lastCommit = now
            return notes.committed == count
        }
        if isLast { done.finish() }
    }
}
