/// What may be read of the ledger.
public protocol LedgerReads {
    /// The job; `nil` when there is none of this id.
    func job(_ id: JobID) throws -> Job?
    /// Jobs that somebody should be told of: `ready` and due, or `running` with an ended lease, and not rung since
    /// `rungBefore` (or never, or rung before they became due). Longest due first.
    ///
    /// A job that was rung goes on waiting because everybody is busy, or because its message was lost. So that a backlog
    /// does not fill the queue with repeats, it is rung again after as long as it had waited when it was rung last, at most
    /// ``Job/ringIntervalFactorMax`` times the time from `rungBefore` to now.
    func jobsToRing(now: Timestamp, rungBefore: Timestamp, limit: Int) throws -> [Job]
    /// How many due jobs of the same kind became ready before this one, ids deciding ties; `nil` when it is not
    /// `ready`.
    func positionInQueue(_ id: JobID, now: Timestamp) throws -> Int?
    /// How many jobs are in a state.
    func countJobs(in state: Job.State) throws -> Int
    /// What waits, runs and is dead at one moment.
    func backlog(now: Timestamp) throws -> Backlog
    /// Jobs whose lease has not ended.
    func runningJobs(now: Timestamp, limit: Int) throws -> [Job]
    /// Jobs that wait for a later time, as after a failure; the next one first.
    func delayedJobs(now: Timestamp, limit: Int) throws -> [Job]
    /// Jobs that ended, well or not, at `since` or later; the latest first.
    func endedJobs(since: Timestamp, limit: Int) throws -> [Job]
    /// Jobs that were given up, the longest dead first.
    func deadJobs(limit: Int) throws -> [Job]
}

/// The book of background work. Whether a job may run, which attempt this is and whether a result still counts is
/// decided here, always inside the caller's transaction.
///
/// Every write after a claim carries the fence of that claim and is checked against the row in the same statement:
/// it answers false and writes nothing when another claim has come since, or when the job is no longer running. A
/// lease that ended but that nobody took over does not matter.
///
/// A job's progress starts anew with every claim and whenever it waits; it becomes `processed` when the job is done
/// and `failed` when it is dead.
public protocol Ledger: LedgerReads {
    /// - Throws: ``ANBError/Code/conflict`` when the id exists.
    func insertJob(_ job: Job) throws

    /// Takes the job when it is due and free, or when its holder's lease has ended. A taken-over lease counts as a
    /// worker death; at `limits.workerDeathsMax` the job is buried instead, under the fence of its last run. A lease
    /// has ended when `now` has reached its end.
    func claimJob(
        _ id: JobID, worker: String, lease: Duration, limits: AttemptLimits, now: Timestamp
    ) throws -> ClaimOutcome

    /// As ``claimJob(_:worker:lease:limits:now:)`` of each, in the order of the ids.
    func claimJobs(
        _ ids: [JobID], worker: String, lease: Duration, limits: AttemptLimits, now: Timestamp
    ) throws -> [ClaimOutcome]

    /// Renews the lease and notes the progress.
    func heartbeatJob(_ id: JobID, fence: Int64, lease: Duration, progress: JobProgress, now: Timestamp) throws -> Bool

    /// `running → done`.
    func finishJob(_ id: JobID, fence: Int64, now: Timestamp) throws -> Bool

    /// As ``finishJob(_:fence:now:)`` of each claimed job, in their order.
    func finishJobs(_ jobs: [Job], now: Timestamp) throws -> [Bool]

    /// `running → ready` at `readyAt`, with one failure more.
    func rescheduleJob(_ id: JobID, fence: Int64, readyAt: Timestamp, reason: String, now: Timestamp) throws -> Bool

    /// `running → ready` now, with nothing counted: the worker is shutting down.
    func giveBackJob(_ id: JobID, fence: Int64, now: Timestamp) throws -> Bool

    /// `running → dead`, with one failure more.
    func buryJob(_ id: JobID, fence: Int64, reason: String, now: Timestamp) throws -> Bool

    /// `dead → ready` now, for an operator: nothing counts against the job any more, nobody was told of it yet, and its
    /// fence goes on from where it was.
    func reviveJob(_ id: JobID, now: Timestamp) throws -> Bool

    /// Removes a dead job.
    func removeDeadJob(_ id: JobID) throws -> Bool

    /// Notes that queue messages were sent.
    func markRung(_ ids: [JobID], at now: Timestamp) throws

    /// Removes finished jobs older than that; answers how many.
    func deleteJobs(finishedBefore limit: Timestamp) throws -> Int
}

extension Ledger {
    /// One after the other, for a backend without a better way.
    public func claimJobs(
        _ ids: [JobID], worker: String, lease: Duration, limits: AttemptLimits, now: Timestamp
    ) throws -> [ClaimOutcome] {
        try ids.map { try claimJob($0, worker: worker, lease: lease, limits: limits, now: now) }
    }

    /// One after the other, for a backend without a better way.
    public func finishJobs(_ jobs: [Job], now: Timestamp) throws -> [Bool] {
        try jobs.map { try finishJob($0.id, fence: $0.fence, now: now) }
    }
}
