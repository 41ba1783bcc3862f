import ANBCore

extension SQLScope {
    static let jobColumns = """
        id, kind, video_id, user_id, correlation_id, created_at, state, ready_at, rung_at, fence, failures,
        worker_deaths, worker, lease_until, started_at, stage, fraction, expected_end, reason, finished_at
        """

    func job(_ id: JobID) throws -> Job? {
        try row("SELECT \(Self.jobColumns) FROM jobs WHERE id = ?1", [id], Job.init)
    }

    func jobsToRing(now: Timestamp, rungBefore: Timestamp, limit: Int) throws -> [Job] {
        try all(Self.jobsToRing, [now, rungBefore, limit], Job.init)
    }

    func positionInQueue(_ id: JobID, now: Timestamp) throws -> Int? {
        guard let job = try job(id), job.state == .ready else { return nil }
        let before = """
            SELECT COUNT(*) FROM jobs WHERE kind = ?1 AND state = 'ready' AND ready_at <= ?2
                AND (ready_at < ?3 OR (ready_at = ?3 AND id < ?4))
            """
        return try count(before, [job.kind.rawValue, now, job.readyAt, id])
    }

    func countJobs(in state: Job.State) throws -> Int {
        try count("SELECT COUNT(*) FROM jobs WHERE state = ?1", [state.rawValue])
    }

    func deadJobs(limit: Int) throws -> [Job] {
        let dead = "SELECT \(Self.jobColumns) FROM jobs WHERE state = 'dead' ORDER BY finished_at, id LIMIT ?1"
        return try all(dead, [limit], Job.init)
    }

    func backlog(now: Timestamp) throws -> Backlog {
        let due = try row("SELECT COUNT(*), MIN(due_at) FROM jobs WHERE due_at <= ?1", [now]) {
            (count: try $0.int(), oldest: try $0.optionalTime())
        }
        let later = "SELECT COUNT(*) FROM jobs WHERE due_at > ?1 AND state = ?2"
        return Backlog(
            due: due?.count ?? 0, delayed: try count(later, [now, Job.State.ready.rawValue]),
            running: try count(later, [now, Job.State.running.rawValue]), dead: try countJobs(in: .dead),
            oldestDueAt: due?.oldest)
    }

    func runningJobs(now: Timestamp, limit: Int) throws -> [Job] {
        let running = "SELECT \(Self.jobColumns) FROM jobs WHERE due_at > ?1 AND state = 'running' ORDER BY id LIMIT ?2"
        return try all(running, [now, limit], Job.init)
    }

    func delayedJobs(now: Timestamp, limit: Int) throws -> [Job] {
        let delayed = "SELECT \(Self.jobColumns) FROM jobs WHERE due_at > ?1 AND state = 'ready' ORDER BY due_at, id LIMIT ?2"
        return try all(delayed, [now, limit], Job.init)
    }

    func endedJobs(since: Timestamp, limit: Int) throws -> [Job] {
        let ended = "SELECT \(Self.jobColumns) FROM jobs WHERE finished_at >= ?1 ORDER BY finished_at DESC, id DESC LIMIT ?2"
        return try all(ended, [since, limit], Job.init)
    }

    static let jobsToRing = """
        SELECT \(jobColumns) FROM jobs
        WHERE due_at <= ?1 AND (rung_at IS NULL OR rung_at < due_at
            OR (rung_at < ?2 AND (?1 - rung_at >= rung_at - due_at OR ?1 - rung_at >= \(Job.ringIntervalFactorMax) * (?1 - ?2))))
        ORDER BY due_at, id LIMIT ?3
        """
}

extension Job {
    init(row: inout SQLRow) throws {
        self.init(
            id: try row.id(), kind: Kind(rawValue: try row.text()), videoID: try row.id(), userID: try row.id(),
            correlationID: try row.text(), createdAt: try row.time(), state: try row.value(),
            readyAt: try row.time(), rungAt: try row.optionalTime(), fence: try row.int64(),
            failures: try row.int(), workerDeaths: try row.int(), worker: try row.optionalText(),
            leaseUntil: try row.optionalTime(), startedAt: try row.optionalTime(),
            progress: JobProgress(
                stage: try row.value(), fraction: try row.real(), expectedEnd: try row.optionalTime()),
            reason: try row.optionalText(), finishedAt: try row.optionalTime())
    }
}
