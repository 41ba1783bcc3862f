public import ANBCore

/// The rules of `Ledger` and `LedgerReads`. Each case needs an empty database whose schema is up to date.
public enum LedgerSuite {
    /// Every rule of `Ledger`.
    public static let suite = ConformanceSuite(
        "Ledger", claimCases + togetherCases + deathCases + holderCases + fenceCases + bellCases + bookCases)

    static let lease = Duration.seconds(30)
    static let limits = AttemptLimits(failuresMax: 5, workerDeathsMax: 3)

    static func rule(
        _ name: String, _ run: @escaping @Sendable (DatabaseStage) async throws -> Void
    ) -> ConformanceCase<any Database> {
        ConformanceCase(name) { try await run(DatabaseStage(database: $0)) }
    }
}

/// What the cases do with a job most. Seconds count from ``Samples/start``.
extension DatabaseStage {
    func addJob(kind: Job.Kind = .processVideo, at seconds: Double = 0) async throws -> JobID {
        let job = samples.job(kind: kind, at: time(seconds))
        try await write { try $0.insertJob(job) }
        return job.id
    }

    func job(_ id: JobID) async throws -> Job { try require(try await read { try $0.job(id) }) }

    func claim(_ id: JobID, by worker: String = "w1", at seconds: Double) async throws -> ClaimOutcome {
        let now = time(seconds)
        return try await write {
            try $0.claimJob(id, worker: worker, lease: LedgerSuite.lease, limits: LedgerSuite.limits, now: now)
        }
    }

    /// Claims the job and answers it; fails when the ledger refuses.
    @discardableResult
    func take(_ id: JobID, by worker: String = "w1", at seconds: Double) async throws -> Job {
        let outcome = try await claim(id, by: worker, at: seconds)
        guard case .claimed(let job) = outcome else { throw ConformanceFailure("the claim was answered \(outcome)") }
        return job
    }

    func heartbeat(
        _ id: JobID, fence: Int64, at seconds: Double, progress: JobProgress = JobProgress(stage: .transcoding)
    ) async throws -> Bool {
        let now = time(seconds)
        return try await write {
            try $0.heartbeatJob(id, fence: fence, lease: LedgerSuite.lease, progress: progress, now: now)
        }
    }

    func finish(_ id: JobID, fence: Int64, at seconds: Double) async throws -> Bool {
        let now = time(seconds)
        return try await write { try $0.finishJob(id, fence: fence, now: now) }
    }

    func reschedule(_ id: JobID, fence: Int64, to ready: Double, at seconds: Double) async throws -> Bool {
        let (now, readyAt) = (time(seconds), time(ready))
        return try await write {
            try $0.rescheduleJob(id, fence: fence, readyAt: readyAt, reason: "the store is away", now: now)
        }
    }

    func giveBack(_ id: JobID, fence: Int64, at seconds: Double) async throws -> Bool {
        let now = time(seconds)
        return try await write { try $0.giveBackJob(id, fence: fence, now: now) }
    }

    func bury(_ id: JobID, fence: Int64, at seconds: Double) async throws -> Bool {
        let now = time(seconds)
        return try await write { try $0.buryJob(id, fence: fence, reason: "it cannot be decoded", now: now) }
    }

    func ring(_ ids: [JobID], at seconds: Double) async throws {
        let now = time(seconds)
        try await write { try $0.markRung(ids, at: now) }
    }

    /// - Parameter ago: Seconds a ring is trusted.
    func toRing(at seconds: Double, trusted ago: Double = 60, limit: Int = 10) async throws -> [JobID] {
        let (now, rungBefore) = (time(seconds), time(seconds - ago))
        return try await read { try $0.jobsToRing(now: now, rungBefore: rungBefore, limit: limit).map(\.id) }
    }

    func backlog(at seconds: Double) async throws -> Backlog {
        let now = time(seconds)
        return try await read { try $0.backlog(now: now) }
    }

    func position(_ id: JobID, at seconds: Double) async throws -> Int? {
        let now = time(seconds)
        return try await read { try $0.positionInQueue(id, now: now) }
    }
}
