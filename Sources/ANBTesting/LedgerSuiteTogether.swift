import ANBCore

/// Several jobs in one call: each is answered as if it had been alone.
extension LedgerSuite {
    /// More than a backend may send in one piece.
    private static let manyCount = 120

    static let togetherCases: [ConformanceCase<any Database>] = [
        rule("claims together are answered like claims alone, in their order") { stage in
            let (free, held, done) = (try await stage.addJob(), try await stage.addJob(), try await stage.addJob())
            let later = try await stage.addJob(at: 100)
            try await stage.take(held, at: 0)
            let finished = try await stage.take(done, at: 0)
            _ = try await stage.finish(done, fence: finished.fence, at: 1)
            let outcomes = try await stage.claimTogether([held, free, later, stage.samples.ids.next(), done, free], at: 2)
            guard case .claimed(let job) = outcomes[1] else { throw ConformanceFailure("the free job: \(outcomes[1])") }
            try expectEqual(job, try await stage.job(free))
            try expectEqual(job.fence, 1)
            let others = [outcomes[0], outcomes[2], outcomes[3], outcomes[4], outcomes[5]]
            try expectEqual(
                others,
                [
                    .heldByOther(until: stage.time(30)), .notReady(until: stage.time(100)), .unknown, .alreadyFinal,
                    .heldByOther(until: stage.time(32)),
                ])
        },
        rule("a claim together that buries one job claims the others") { stage in
            let (dying, good) = (try await stage.addJob(), try await stage.addJob())
            for death in 0..<limits.workerDeathsMax { try await stage.take(dying, at: Double(death) * 30) }
            let outcomes = try await stage.claimTogether([dying, good], at: Double(limits.workerDeathsMax) * 30)
            guard case .buried = outcomes[0], case .claimed = outcomes[1] else { throw ConformanceFailure("\(outcomes)") }
        },
        rule("a hundred and more jobs are claimed and finished together") { stage in
            var ids: [JobID] = []
            for _ in 0..<manyCount { ids.append(try await stage.addJob()) }
            let outcomes = try await stage.claimTogether(ids, at: 1)
            let jobs = outcomes.compactMap { if case .claimed(let job) = $0 { job } else { nil } }
            try expectEqual(jobs.map(\.id), ids)
            try expectEqual(try await stage.finishTogether(jobs, at: 2), Array(repeating: true, count: manyCount))
            try expectEqual(try await stage.read { try $0.countJobs(in: .done) }, manyCount)
        },
        rule("finishing together tells the stale claims from the good ones") { stage in
            let (stale, good) = (try await stage.addJob(), try await stage.addJob())
            let lost = try await stage.take(stale, at: 0)
            let current = try await stage.take(stale, by: "w2", at: 30)
            let kept = try await stage.take(good, at: 30)
            try expectEqual(try await stage.finishTogether([lost, kept, kept], at: 31), [false, true, false])
            try expectEqual(try await stage.job(stale), current)
            try expectEqual(try await stage.job(good).state, .done)
        },
        rule("nothing together does nothing") { stage in
            try expectEqual(try await stage.claimTogether([], at: 0), [])
            try expectEqual(try await stage.finishTogether([], at: 0), [])
        },
    ]
}

extension DatabaseStage {
    fileprivate func claimTogether(_ ids: [JobID], at seconds: Double) async throws -> [ClaimOutcome] {
        let now = time(seconds)
        return try await write {
            try $0.claimJobs(ids, worker: "w3", lease: LedgerSuite.lease, limits: LedgerSuite.limits, now: now)
        }
    }

    fileprivate func finishTogether(_ jobs: [Job], at seconds: Double) async throws -> [Bool] {
        let now = time(seconds)
        return try await write { try $0.finishJobs(jobs, now: now) }
    }
}
