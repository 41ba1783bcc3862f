import ANBCore

extension MemoryTables {
    func job(_ id: JobID) throws -> Job? { jobs[id] }

    func jobsToRing(now: Timestamp, rungBefore: Timestamp, limit: Int) throws -> [Job] {
        let silent = jobs.values.compactMap { job -> (dueAt: Timestamp, job: Job)? in
            guard let dueAt = job.dueAt, dueAt <= now else { return nil }
            guard let rungAt = job.rungAt, rungAt >= dueAt else { return (dueAt, job) }
            let longest = (now - rungBefore) * Job.ringIntervalFactorMax
            return rungAt < rungBefore && now - rungAt >= min(rungAt - dueAt, longest) ? (dueAt, job) : nil
        }
        return silent.sorted { ($0.dueAt, $0.job.id) < ($1.dueAt, $1.job.id) }.prefix(limit).map(\.job)
    }

    func positionInQueue(_ id: JobID, now: Timestamp) throws -> Int? {
        guard let job = jobs[id], job.state == .ready else { return nil }
        return jobs.values.count { other in
            other.kind == job.kind && other.state == .ready && other.readyAt <= now
                && (other.readyAt, other.id) < (job.readyAt, job.id)
        }
    }

    func countJobs(in state: Job.State) throws -> Int { jobs.values.count { $0.state == state } }

    func backlog(now: Timestamp) throws -> Backlog {
        jobs.values.reduce(into: Backlog()) { backlog, job in
            if job.state == .dead { backlog.dead += 1 }
            guard let dueAt = job.dueAt else { return }
            if dueAt <= now {
                backlog.due += 1
                backlog.oldestDueAt = min(dueAt, backlog.oldestDueAt ?? dueAt)
            } else if job.state == .ready {
                backlog.delayed += 1
            } else {
                backlog.running += 1
            }
        }
    }

    func runningJobs(now: Timestamp, limit: Int) throws -> [Job] {
        let running = jobs.values.filter { job in job.state == .running && (job.leaseUntil.map { $0 > now } ?? false) }
        return running.sorted { $0.id < $1.id }.prefix(limit).map { $0 }
    }

    func delayedJobs(now: Timestamp, limit: Int) throws -> [Job] {
        let delayed = jobs.values.filter { $0.state == .ready && $0.readyAt > now }
        return delayed.sorted { ($0.readyAt, $0.id) < ($1.readyAt, $1.id) }.prefix(limit).map { $0 }
    }

    func endedJobs(since: Timestamp, limit: Int) throws -> [Job] {
        let ended = jobs.values.compactMap { job in job.finishedAt.map { (at: $0, job: job) } }.filter { $0.at >= since }
        return ended.sorted { ($0.at, $0.job.id) > ($1.at, $1.job.id) }.prefix(limit).map(\.job)
    }

    func deadJobs(limit: Int) throws -> [Job] {
        let dead = jobs.values.compactMap { job in job.finishedAt.map { (at: $0, job: job) } }.filter { $0.job.state == .dead }
        return dead.sorted { ($0.at, $0.job.id) < ($1.at, $1.job.id) }.prefix(limit).map(\.job)
    }
}

extension Job {
    /// From when on somebody may claim it.
    var dueAt: Timestamp? {
        switch state {
        case .ready: readyAt
        case .running: leaseUntil
        case .done, .dead: nil
        }
    }
}
