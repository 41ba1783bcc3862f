import ANBCore

extension LedgerSuite {
    static let claimCases: [ConformanceCase<any Database>] = [
        rule("a due job is claimed with a fence, a lease and a worker") { stage in
            let id = try await stage.addJob()
            var expected = try await stage.job(id)
            expected.state = .running
            expected.fence = 1
            expected.worker = "w1"
            expected.leaseUntil = stage.time(31)
            expected.startedAt = stage.time(1)
            let claimed = try await stage.take(id, at: 1)
            try expectEqual(claimed, expected)
            try expectEqual(claimed.attempt, 1)
            try expectEqual(try await stage.job(id), expected)
        },
        rule("a job that nobody knows is unknown") { stage in
            try expectEqual(try await stage.claim(stage.samples.ids.next(), at: 0), .unknown)
        },
        rule("a job whose lease holds is held by the other") { stage in
            let id = try await stage.addJob()
            try await stage.take(id, at: 0)
            try expectEqual(try await stage.claim(id, by: "w2", at: 1), .heldByOther(until: stage.time(30)))
            try expectEqual(try await stage.job(id).fence, 1)
            try expectEqual(try await stage.job(id).worker, "w1")
        },
        rule("the holder itself cannot claim twice") { stage in
            let id = try await stage.addJob()
            try await stage.take(id, by: "w1", at: 0)
            try expectEqual(try await stage.claim(id, by: "w1", at: 1), .heldByOther(until: stage.time(30)))
        },
        rule("a finished job is final") { stage in
            let id = try await stage.addJob()
            let job = try await stage.take(id, at: 0)
            try expect(try await stage.finish(id, fence: job.fence, at: 1), "the job was not finished")
            try expectEqual(try await stage.claim(id, at: 2), .alreadyFinal)
            try expectEqual(try await stage.claim(id, at: 9999), .alreadyFinal)
        },
        rule("a buried job is final") { stage in
            let id = try await stage.addJob()
            let job = try await stage.take(id, at: 0)
            try expect(try await stage.bury(id, fence: job.fence, at: 1), "the job was not buried")
            try expectEqual(try await stage.claim(id, at: 9999), .alreadyFinal)
        },
        rule("a job is due exactly at its time, not a millisecond before") { stage in
            let id = try await stage.addJob(at: 10)
            try expectEqual(try await stage.claim(id, at: 9.999), .notReady(until: stage.time(10)))
            try expectEqual(try await stage.job(id).fence, 0)
            try await stage.take(id, at: 10)
        },
        rule("a lease ends exactly at its end, not a millisecond before") { stage in
            let id = try await stage.addJob()
            try await stage.take(id, at: 0)
            try expectEqual(try await stage.claim(id, by: "w2", at: 29.999), .heldByOther(until: stage.time(30)))
            let job = try await stage.take(id, by: "w2", at: 30)
            try expectEqual(job.fence, 2)
            try expectEqual(job.leaseUntil, stage.time(60))
        },
        rule("of 20 parallel claims one wins") { stage in
            let id = try await stage.addJob()
            let winners = try await stage.countYes(20) { index in
                switch try await stage.claim(id, by: "w\(index)", at: 1) {
                case .claimed: return true
                case .heldByOther: return false
                case let other: throw ConformanceFailure("a claim was answered \(other)")
                }
            }
            try expectEqual(winners, 1)
            try expectEqual(try await stage.job(id).fence, 1)
        },
        rule("of 20 parallel takeovers of an ended lease one wins") { stage in
            let id = try await stage.addJob()
            try await stage.take(id, at: 0)
            let winners = try await stage.countYes(20) { index in
                if case .claimed = try await stage.claim(id, by: "w\(index + 2)", at: 31) { return true }
                return false
            }
            try expectEqual(winners, 1)
            try expectEqual(try await stage.job(id).fence, 2)
            try expectEqual(try await stage.job(id).workerDeaths, 1)
        },
        rule("a claim that is rolled back was never made") { stage in
            let id = try await stage.addJob()
            let before = try await stage.job(id)
            let now = stage.time(1)
            try await expectError(.overloaded) {
                try await stage.write { transaction in
                    let outcome = try transaction.claimJob(id, worker: "w1", lease: lease, limits: limits, now: now)
                    guard case .claimed = outcome else { throw ConformanceFailure("answered \(outcome)") }
                    throw ANBError(.overloaded, "Too much.")
                }
            }
            try expectEqual(try await stage.job(id), before)
            try expectEqual(try await stage.take(id, at: 2).fence, 1)
        },
        rule("several jobs are claimed each for itself") { stage in
            let (first, second) = (try await stage.addJob(), try await stage.addJob())
            try await stage.take(first, at: 0)
            try expectEqual(try await stage.job(second).state, .ready)
            try expectEqual(try await stage.take(second, by: "w2", at: 1).worker, "w2")
            try expectEqual(try await stage.job(first).worker, "w1")
        },
    ]

    static let deathCases: [ConformanceCase<any Database>] = [
        rule("a taken-over lease counts as a worker death and not as a failure") { stage in
            let id = try await stage.addJob()
            try await stage.take(id, at: 0)
            let job = try await stage.take(id, by: "w2", at: 40)
            try expectEqual(job.workerDeaths, 1)
            try expectEqual(job.failures, 0)
            try expectEqual(job.attempt, 2)
        },
        rule("a takeover starts the progress anew") { stage in
            let id = try await stage.addJob()
            let first = try await stage.take(id, at: 0)
            let half = JobProgress(stage: .transcoding, fraction: 0.5, expectedEnd: stage.time(30))
            try expect(try await stage.heartbeat(id, fence: first.fence, at: 1, progress: half), "no heartbeat")
            try expectEqual(try await stage.take(id, at: 40).progress, JobProgress(stage: .queued))
        },
        rule("the claim after the last allowed death buries the job") { stage in
            let id = try await stage.addJob()
            for index in 0..<3 { try await stage.take(id, by: "w\(index)", at: Double(index) * 100) }
            guard case .buried(let job) = try await stage.claim(id, at: 300) else {
                throw ConformanceFailure("the job was not buried")
            }
            try expectEqual(job, try await stage.job(id))
            try expectEqual(job.state, .dead)
            try expectEqual(job.workerDeaths, 3)
            try expectEqual(job.failures, 0)
            try expectEqual(job.fence, 3)
            try expectEqual(job.finishedAt, stage.time(300))
            try expectEqual(job.leaseUntil, nil)
            try expectEqual(job.progress.stage, .failed)
            try expect(job.reason?.isEmpty == false, "the burial has no reason")
            try expectEqual(try await stage.claim(id, at: 301), .alreadyFinal)
        },
        rule("a last run whose lease still holds is not buried") { stage in
            let id = try await stage.addJob()
            for index in 0..<3 { try await stage.take(id, at: Double(index) * 100) }
            try expectEqual(try await stage.claim(id, by: "w2", at: 229.999), .heldByOther(until: stage.time(230)))
            try expect(try await stage.finish(id, fence: 3, at: 229.999), "the last run was refused")
        },
        rule("of 20 parallel claims at the last death one buries") { stage in
            let id = try await stage.addJob()
            for index in 0..<3 { try await stage.take(id, at: Double(index) * 100) }
            let burials = try await stage.countYes(20) { _ in
                switch try await stage.claim(id, at: 300) {
                case .buried: return true
                case .alreadyFinal: return false
                case let other: throw ConformanceFailure("a claim was answered \(other)")
                }
            }
            try expectEqual(burials, 1)
        },
        rule("failures do not bring a job nearer to burial by deaths") { stage in
            let id = try await stage.addJob()
            for index in 0..<4 {
                let job = try await stage.take(id, at: Double(index))
                let next = Double(index + 1)
                try expect(try await stage.reschedule(id, fence: job.fence, to: next, at: Double(index)), "refused")
            }
            let job = try await stage.take(id, at: 10)
            try expectEqual(job.failures, 4)
            try expectEqual(job.workerDeaths, 0)
        },
    ]
}
