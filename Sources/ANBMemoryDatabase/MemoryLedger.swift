import ANBCore

extension MemoryTables {
    func insertJob(_ job: Job) throws {
        if jobs[job.id] != nil { throw ANBError.idTaken("job", job.id) }
        jobs[job.id] = job
    }

    func claimJob(
        _ id: JobID, worker: String, lease: Duration, limits: AttemptLimits, now: Timestamp
    ) throws -> ClaimOutcome {
        guard var job = jobs[id] else { return .unknown }
        guard let dueAt = job.dueAt else { return .alreadyFinal }
        guard dueAt <= now else { return job.state == .running ? .heldByOther(until: dueAt) : .notReady(until: dueAt) }

        if job.state == .running {
            job.workerDeaths += 1
            if job.workerDeaths >= limits.workerDeathsMax {
                job.end(as: .dead, reason: limits.workerDeathsReason, at: now)
                jobs[id] = job
                return .buried(job)
            }
        }
        job.state = .running
        job.fence += 1
        job.worker = worker
        job.leaseUntil = now + lease
        job.startedAt = now
        job.progress = JobProgress(stage: .queued)
        jobs[id] = job
        return .claimed(job)
    }

    func heartbeatJob(
        _ id: JobID, fence: Int64, lease: Duration, progress: JobProgress, now: Timestamp
    ) throws -> Bool {
        change(id, fence: fence) { job in
            job.leaseUntil = now + lease
            job.progress = progress
        }
    }

    func finishJob(_ id: JobID, fence: Int64, now: Timestamp) throws -> Bool {
        change(id, fence: fence) { $0.end(as: .done, at: now) }
    }

    func rescheduleJob(
        _ id: JobID, fence: Int64, readyAt: Timestamp, reason: String, now: Timestamp
    ) throws -> Bool {
        change(id, fence: fence) { job in
            job.release(readyAt: readyAt)
            job.failures += 1
            job.reason = reason
        }
    }

    func giveBackJob(_ id: JobID, fence: Int64, now: Timestamp) throws -> Bool {
        change(id, fence: fence) { $0.release(readyAt: now) }
    }

    func buryJob(_ id: JobID, fence: Int64, reason: String, now: Timestamp) throws -> Bool {
        change(id, fence: fence) { job in
            job.end(as: .dead, reason: reason, at: now)
            job.failures += 1
        }
    }

    func reviveJob(_ id: JobID, now: Timestamp) throws -> Bool {
        guard var job = jobs[id], job.state == .dead else { return false }
        job.release(readyAt: now)
        (job.failures, job.workerDeaths, job.rungAt, job.finishedAt) = (0, 0, nil, nil)
        jobs[id] = job
        return true
    }

    func removeDeadJob(_ id: JobID) throws -> Bool {
        guard jobs[id]?.state == .dead else { return false }
        jobs[id] = nil
        return true
    }

    func markRung(_ ids: [JobID], at now: Timestamp) throws {
        for id in ids { jobs[id]?.rungAt = now }
    }

    func deleteJobs(finishedBefore limit: Timestamp) throws -> Int {
        let old = jobs.values.filter { job in job.finishedAt.map { $0 < limit } ?? false }
        for job in old { jobs[job.id] = nil }
        return old.count
    }

    private func change(_ id: JobID, fence: Int64, _ change: (inout Job) -> Void) -> Bool {
        guard var job = jobs[id], job.state == .running, job.fence == fence else { return false }
        change(&job)
        jobs[id] = job
        return true
    }
}

extension Job {
    fileprivate mutating func release(readyAt: Timestamp) {
        state = .ready
        self.readyAt = readyAt
        worker = nil
        leaseUntil = nil
        startedAt = nil
        progress = JobProgress(stage: .queued)
    }

    fileprivate mutating func end(as state: State, reason: String? = nil, at now: Timestamp) {
        self.state = state
        self.reason = reason ?? self.reason
        leaseUntil = nil
        finishedAt = now
        progress = JobProgress(stage: state == .done ? .processed : .failed, fraction: 1)
    }
}
