package import ANBCore
import Synchronization

/// A handler whose work is a closure of the test, and that tells what it was asked to do.
package final class ScriptedJobHandler: JobHandler {
    /// A call of ``recordBurial(_:code:reason:in:now:)`` that was not undone by an error of its own.
    package struct Burial: Hashable, Sendable {
        package var job: Job
        package var code: FailureCode
        package var reason: String
    }

    package typealias Work = @Sendable (Job, JobContext) async throws -> JobResult
    package typealias Record = @Sendable (Job, String, any TransactionScope) throws -> Void

    package let kind: Job.Kind
    private let work: Work
    private let record: Record
    private let log = Mutex<(runs: [Job], burials: [Burial])>(([], []))

    /// - Parameters:
    ///   - record: Runs inside of each burial's transaction; what it throws rolls the burial back.
    ///   - work: Every run.
    package init(
        kind: Job.Kind = .processVideo, record: @escaping Record = { _, _, _ in },
        work: @escaping Work
    ) {
        self.kind = kind
        self.record = record
        self.work = work
    }

    /// Succeeds at once and makes nothing.
    package static let succeeding: Work = { _, _ in JobResult(commit: { _ in true }) }

    /// As claimed, in the order they began.
    package var runs: [Job] { log.withLock { $0.runs } }

    package var burials: [Burial] { log.withLock { $0.burials } }

    package func run(_ job: Job, _ context: JobContext) async throws -> JobResult {
        log.withLock { $0.runs.append(job) }
        return try await work(job, context)
    }

    package func recordBurial(
        _ job: Job, code: FailureCode, reason: String, in transaction: any TransactionScope, now: Timestamp
    ) throws {
        try record(job, reason, transaction)
        log.withLock { $0.burials.append(Burial(job: job, code: code, reason: reason)) }
    }
}
