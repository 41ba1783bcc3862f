import ANBCore

extension SQLScope {
    func claimJob(
        _ id: JobID, worker: String, lease: Duration, limits: AttemptLimits, now: Timestamp
    ) throws -> ClaimOutcome {
        try claimJobs([id], worker: worker, lease: lease, limits: limits, now: now)[0]
    }

    func claimJobs(
        _ ids: [JobID], worker: String, lease: Duration, limits: AttemptLimits, now: Timestamp
    ) throws -> [ClaimOutcome] {
        let taken = try takeJobs(ids, worker: worker, leaseUntil: now + lease, limits: limits, now: now)
        return try zip(ids, taken).map { id, job in
            if let job { return .claimed(job) }
            if let job = try buryAbandonedJob(id, limits: limits, now: now) { return .buried(job) }
            return try refusal(id)
        }
    }

    private func takeJobs(
        _ ids: [JobID], worker: String, leaseUntil: Timestamp, limits: AttemptLimits, now: Timestamp
    ) throws -> [Job?] {
        let take = """
            UPDATE jobs SET state = 'running', fence = fence + 1, worker = ?2, lease_until = ?3,
                started_at = ?4, stage = 'queued', fraction = 0, expected_end = NULL,
                worker_deaths = worker_deaths + (CASE WHEN state = 'running' THEN 1 ELSE 0 END)
            WHERE id = ?1 AND due_at <= ?4 AND (state = 'ready' OR worker_deaths + 1 < ?5)
            RETURNING \(Self.jobColumns)
            """
        return try firstOfEach(take, ids.map { [$0, worker, leaseUntil, now, limits.workerDeathsMax] }, Job.init)
    }

    private func buryAbandonedJob(_ id: JobID, limits: AttemptLimits, now: Timestamp) throws -> Job? {
        let bury = """
            UPDATE jobs SET state = 'dead', reason = ?3, worker_deaths = worker_deaths + 1, finished_at = ?2,
                lease_until = NULL, stage = 'failed', fraction = 1, expected_end = NULL
            WHERE id = ?1 AND state = 'running' AND lease_until <= ?2 AND worker_deaths + 1 >= ?4
            RETURNING \(Self.jobColumns)
            """
        return try first(bury, [id, now, limits.workerDeathsReason, limits.workerDeathsMax], Job.init)
    }

    private func refusal(_ id: JobID) throws -> ClaimOutcome {
        guard let job = try job(id) else { return .unknown }
        switch (job.state, job.leaseUntil) {
        case (.running, let leaseUntil?): return .heldByOther(until: leaseUntil)
        case (.ready, _): return .notReady(until: job.readyAt)
        default: return .alreadyFinal
        }
    }
}
