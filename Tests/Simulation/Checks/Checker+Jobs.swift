import ANBCore

extension Checker {
    /// One step of one job. Each claim ends in exactly one way: done, one failure more, one worker death more, or given
    /// back.
    func check(_ old: Job?, _ new: Job?) {
        guard let new else { return violated(.edges, "job \(name(old?.id)) is forgotten while \(name(old?.state))") }
        guard let old else {
            return require(new.state == .ready && new.fence == 0, .edges, "job \(new.id) begins as \(new.state)")
        }
        var rung = new
        rung.rungAt = old.rungAt
        if rung == old { return }
        switch (old.state, new.state) {
        case (.ready, .running): checkClaim(old, new, isFree: old.readyAt <= startedAt(new), moreDeaths: 0)
        case (.running, .running) where new.fence != old.fence:
            checkClaim(old, new, isFree: (old.leaseUntil ?? startedAt(new)) <= startedAt(new), moreDeaths: 1)
            counts[.workerDeaths] += 1
            if isAlive(old.worker) { counts[.takenFromTheLiving] += 1 }
        case (.running, .running): checkHolder(old, new)
        case (.running, .done):
            checkHolder(old, new)
            require(new.failures == old.failures, .edges, "job \(new.id) is done with a failure more")
        case (.running, .ready):
            checkHolder(old, new)
            require((0...1).contains(new.failures - old.failures), .edges, "job \(new.id) has \(new.failures) failures")
            if new.failures == old.failures { counts[.jobsGivenBack] += 1 }
        case (.running, .dead): checkBurial(old, new)
        case (.dead, .ready):
            require(new.failures == 0 && new.workerDeaths == 0, .edges, "job \(new.id) is revived with a past")
            counts[.jobsRevived] += 1
        default: violated(.edges, "job \(new.id): \(old.state) to \(new.state)")
        }
        require(
            new.workerDeaths <= attempts.workerDeathsMax && new.failures <= attempts.outageFailuresMax, .attempts,
            "job \(new.id) has \(new.workerDeaths) worker deaths and \(new.failures) failures")
    }

    private func startedAt(_ job: Job) -> Timestamp { job.startedAt ?? Timestamp(milliseconds: 0) }

    private func checkClaim(_ old: Job, _ new: Job, isFree: Bool, moreDeaths: Int) {
        counts[.runsBegun] += 1
        workers.insert(actor.name)
        let latest = Timestamp(milliseconds: scheduler.now + skewMax)
        require(
            isFree && startedAt(new) <= latest, .leases,
            "\(actor.name) takes job \(new.id), which is \(old.state) by \(name(old.worker))")
        require(
            new.fence == old.fence + 1 && new.workerDeaths == old.workerDeaths + moreDeaths && new.failures == old.failures,
            .edges, "job \(new.id) is claimed from fence \(old.fence) to \(new.fence)")
        require(
            new.workerDeaths < attempts.workerDeathsMax, .attempts,
            "job \(new.id) is claimed after \(new.workerDeaths) worker deaths")
    }

    private func checkHolder(_ old: Job, _ new: Job) {
        require(
            old.worker == actor.name && old.fence == new.fence, .holderWrites,
            "\(actor.name) writes to job \(new.id), which \(name(old.worker)) holds with fence \(old.fence)")
    }

    private func checkBurial(_ old: Job, _ new: Job) {
        counts[.jobsBuried] += 1
        require(!(new.reason ?? "").isEmpty, .endsWell, "job \(new.id) is buried without a reason")
        guard new.workerDeaths == old.workerDeaths else {
            return require(
                new.workerDeaths == attempts.workerDeathsMax, .attempts,
                "job \(new.id) is buried after \(new.workerDeaths) worker deaths")
        }
        checkHolder(old, new)
        require(new.failures == old.failures + 1, .edges, "job \(new.id) is buried without a failure")
    }

    private func isAlive(_ worker: String?) -> Bool {
        scheduler.processes.contains { $0.name == worker && ($0.state == .running || $0.state == .paused) }
    }
}
