import ANBCore

/// Each of these writes is one statement that carries its own condition; nothing is read first and trusted later.
extension SQLScope {
    /// The row is still held by the claim with that fence.
    private static let isHeld = "id = ?1 AND fence = ?2 AND state = 'running'"

    func insertJob(_ job: Job) throws {
        try insert(
            into: "jobs", Self.jobColumns,
            [
                job.id, job.kind.rawValue, job.videoID, job.userID, job.correlationID, job.createdAt,
                job.state.rawValue, job.readyAt, job.rungAt, job.fence, job.failures, job.workerDeaths, job.worker,
                job.leaseUntil, job.startedAt, job.progress.stage.rawValue, job.progress.fraction, job.progress.expectedEnd,
                job.reason, job.finishedAt,
            ],
            conflict: .idTaken("job", job.id))
    }

    func heartbeatJob(
        _ id: JobID, fence: Int64, lease: Duration, progress: JobProgress, now: Timestamp
    ) throws -> Bool {
        let renew = "UPDATE jobs SET lease_until = ?3, stage = ?4, fraction = ?5, expected_end = ?6 WHERE \(Self.isHeld)"
        let values: [(any SQLBindable)?] = [
            id, fence, now + lease, progress.stage.rawValue, progress.fraction, progress.expectedEnd,
        ]
        return try execute(renew, values) > 0
    }

    private static let finish = """
        UPDATE jobs SET state = 'done', finished_at = ?3, lease_until = NULL, stage = 'processed', fraction = 1, expected_end = NULL
        WHERE \(isHeld)
        """

    func finishJob(_ id: JobID, fence: Int64, now: Timestamp) throws -> Bool {
        try execute(Self.finish, [id, fence, now]) > 0
    }

    func finishJobs(_ jobs: [Job], now: Timestamp) throws -> [Bool] {
        try executeEach(Self.finish, jobs.map { [$0.id, $0.fence, now] }).map { $0 > 0 }
    }

    func rescheduleJob(
        _ id: JobID, fence: Int64, readyAt: Timestamp, reason: String, now: Timestamp
    ) throws -> Bool {
        let reschedule = """
            UPDATE jobs SET state = 'ready', ready_at = ?3, reason = ?4, failures = failures + 1, worker = NULL,
                lease_until = NULL, started_at = NULL, stage = 'queued', fraction = 0, expected_end = NULL
            WHERE \(Self.isHeld)
            """
        return try execute(reschedule, [id, fence, readyAt, reason]) > 0
    }

    func giveBackJob(_ id: JobID, fence: Int64, now: Timestamp) throws -> Bool {
        let giveBack = """
            UPDATE jobs SET state = 'ready', ready_at = ?3, worker = NULL, lease_until = NULL,
                started_at = NULL, stage = 'queued', fraction = 0, expected_end = NULL
            WHERE \(Self.isHeld)
            """
        return try execute(giveBack, [id, fence, now]) > 0
    }

    func buryJob(_ id: JobID, fence: Int64, reason: String, now: Timestamp) throws -> Bool {
        let bury = """
            UPDATE jobs SET state = 'dead', reason = ?4, failures = failures + 1, finished_at = ?3,
                lease_until = NULL, stage = 'failed', fraction = 1, expected_end = NULL
            WHERE \(Self.isHeld)
            """
        return try execute(bury, [id, fence, now, reason]) > 0
    }

    func reviveJob(_ id: JobID, now: Timestamp) throws -> Bool {
        let revive = """
            UPDATE jobs SET state = 'ready', ready_at = ?2, rung_at = NULL, failures = 0, worker_deaths = 0, worker = NULL,
                finished_at = NULL, stage = 'queued', fraction = 0, expected_end = NULL
            WHERE id = ?1 AND state = 'dead'
            """
        return try execute(revive, [id, now]) > 0
    }

    func removeDeadJob(_ id: JobID) throws -> Bool {
        try execute("DELETE FROM jobs WHERE id = ?1 AND state = 'dead'", [id]) > 0
    }

    func markRung(_ ids: [JobID], at now: Timestamp) throws {
        _ = try executeEach("UPDATE jobs SET rung_at = ?2 WHERE id = ?1", ids.map { [$0, now] })
    }

    func deleteJobs(finishedBefore limit: Timestamp) throws -> Int {
        try execute("DELETE FROM jobs WHERE finished_at < ?1", [limit])
    }
}
