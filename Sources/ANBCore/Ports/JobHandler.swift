/// The work behind one kind of job. A runner claims the job, calls the handler and commits what it made.
public protocol JobHandler: Sendable {
    /// The jobs that it does.
    var kind: Job.Kind { get }

    /// Does the work outside of any transaction. It may run more than once, and twice at the same time when a lease
    /// was lost, so its outputs carry the job's fence.
    /// - Parameters:
    ///   - job: As claimed; `job.fence` names the run.
    ///   - report: Tells how far the work is; each call also counts as a sign of life.
    /// - Throws: An ``ANBError`` with recovery `.never` buries the job; anything else is tried again later.
    func run(_ job: Job, report: @escaping @Sendable (JobProgress) -> Void) async throws -> JobResult

    /// Called in the transaction that buries the job, to record the end where users see it.
    /// - Parameters:
    ///   - job: As it was claimed last.
    ///   - code: The reason as a stable name.
    ///   - reason: Safe for the user.
    ///   - transaction: That buries the job.
    ///   - now: The time of the burial.
    func recordBurial(
        _ job: Job, code: FailureCode, reason: String, in transaction: any TransactionScope, now: Timestamp
    ) throws
}

extension JobHandler {
    /// Nothing to record: users see the job only.
    public func recordBurial(
        _ job: Job, code: FailureCode, reason: String, in transaction: any TransactionScope, now: Timestamp
    ) throws {}
}

/// What a run made and how it becomes true.
public struct JobResult: Sendable {
    /// Runs in the transaction that finishes the job, after the fence was checked. Answers false when the result is
    /// not wanted any more; the job is finished all the same.
    public var commit: @Sendable (any TransactionScope) throws -> Bool
    /// Removes the run's outputs, when the result was not committed.
    public var discard: @Sendable () async throws -> Void
    /// Runs after a commit, for tidying that may fail without harm.
    public var afterCommit: @Sendable () async throws -> Void

    /// A result with nothing to remove and nothing to tidy, unless told.
    public init(
        commit: @escaping @Sendable (any TransactionScope) throws -> Bool,
        discard: @escaping @Sendable () async throws -> Void = {},
        afterCommit: @escaping @Sendable () async throws -> Void = {}
    ) {
        self.commit = commit
        self.discard = discard
        self.afterCommit = afterCommit
    }
}
