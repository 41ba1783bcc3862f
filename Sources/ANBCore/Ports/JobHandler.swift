/// The work behind one kind of job. A runner claims the job, calls the handler and commits what it made.
public protocol JobHandler: Sendable {
    /// The jobs that it does.
    var kind: Job.Kind { get }

    /// Does the work outside of any transaction. It may run more than once, and twice at the same time when a lease
    /// was lost, so its outputs carry the job's fence.
    /// - Parameters:
    ///   - job: As claimed; `job.fence` names the run.
    ///   - context: Where the run tells how far it is, and waits for its turn at what fills the machine.
    /// - Throws: An ``ANBError`` with recovery `.never` buries the job; anything else is tried again later.
    func run(_ job: Job, _ context: JobContext) async throws -> JobResult

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

/// What a run may ask of the runner that it is in.
public struct JobContext: Sendable {
    /// Tells how far the work is; each call also counts as a sign of life. Near the end of ``JobProgress/Stage/transcoding`` the
    /// runner lets the next job begin.
    public let report: @Sendable (JobProgress) -> Void
    private let takeTurn: @Sendable () async throws -> @Sendable () -> Void

    /// - Parameters:
    ///   - report: As ``report``.
    ///   - takeTurn: Waits, and answers how the turn is given back; nobody waits unless told.
    public init(
        report: @escaping @Sendable (JobProgress) -> Void = { _ in },
        takeTurn: @escaping @Sendable () async throws -> @Sendable () -> Void = { {} }
    ) {
        self.report = report
        self.takeTurn = takeTurn
    }

    /// Does what fills the machine, when it is this run's turn: no more runs do at a time than the runner has slots. What waits for
    /// networks belongs before and after it, beside the turns of others. Waiting counts as a sign of life. A turn within a turn
    /// would wait for itself.
    /// - Throws: `CancellationError` when cancelled while it waits, and what the body throws.
    public func withTurn<Value>(_ body: () async throws -> Value) async throws -> Value {
        let giveBack = try await takeTurn()
        defer { giveBack() }
        return try await body()
    }
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
