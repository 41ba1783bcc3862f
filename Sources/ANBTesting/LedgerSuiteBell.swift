import ANBCore

extension LedgerSuite {
    /// Who must be told of which job.
    static let bellCases: [ConformanceCase<any Database>] = [
        rule("a due job that was never rung is to be rung; one that is not due is not") { stage in
            let due = try await stage.addJob(at: 10)
            _ = try await stage.addJob(at: 10.001)
            try expectEqual(try await stage.toRing(at: 9.999), [])
            try expectEqual(try await stage.toRing(at: 10), [due])
        },
        rule("a job that was just rung is left alone until the ring is too old") { stage in
            let id = try await stage.addJob()
            try await stage.ring([id], at: 5)
            try expectEqual(try await stage.job(id).rungAt, stage.time(5))
            try expectEqual(try await stage.toRing(at: 6, trusted: 60), [])
            try expectEqual(try await stage.toRing(at: 65, trusted: 60), [])
            try expectEqual(try await stage.toRing(at: 65.001, trusted: 60), [id])
        },
        rule("a job rung before it became due is rung again when it is") { stage in
            let id = try await stage.addJob()
            try await stage.ring([id], at: 0)
            let job = try await stage.take(id, at: 0)
            try expect(try await stage.reschedule(id, fence: job.fence, to: 20, at: 1), "refused")
            try expectEqual(try await stage.toRing(at: 19.999), [])
            try expectEqual(try await stage.toRing(at: 20), [id])
            try await stage.ring([id], at: 20)
            try expectEqual(try await stage.toRing(at: 20), [])
        },
        rule("a job given back is rung at once") { stage in
            let id = try await stage.addJob()
            try await stage.ring([id], at: 0)
            let job = try await stage.take(id, at: 0)
            try expect(try await stage.giveBack(id, fence: job.fence, at: 5), "refused")
            try expectEqual(try await stage.toRing(at: 5), [id])
        },
        rule("a running job is rung when its lease has ended") { stage in
            let id = try await stage.addJob()
            try await stage.ring([id], at: 0)
            try await stage.take(id, at: 0)
            try expectEqual(try await stage.toRing(at: 29.999), [])
            try expectEqual(try await stage.toRing(at: 30), [id])
            try await stage.ring([id], at: 30)
            try expectEqual(try await stage.toRing(at: 31), [])
        },
        rule("a renewed lease keeps the bell still") { stage in
            let id = try await stage.addJob()
            let job = try await stage.take(id, at: 0)
            try expect(try await stage.heartbeat(id, fence: job.fence, at: 20), "refused")
            try expectEqual(try await stage.toRing(at: 49.999), [])
            try expectEqual(try await stage.toRing(at: 50), [id])
        },
        rule("done and dead jobs are never rung") { stage in
            let (done, dead) = (try await stage.addJob(), try await stage.addJob())
            let (first, second) = (try await stage.take(done, at: 0), try await stage.take(dead, at: 0))
            try expect(try await stage.finish(done, fence: first.fence, at: 1), "refused")
            try expect(try await stage.bury(dead, fence: second.fence, at: 1), "refused")
            try expectEqual(try await stage.toRing(at: 9999), [])
        },
        rule("jobs are rung longest due first, ties by id, up to the limit") { stage in
            let late = try await stage.addJob(at: 20)
            let early = try await stage.addJob(at: 10)
            let tied = try await stage.addJob(at: 10)
            let held = try await stage.addJob(at: -25)
            try await stage.take(held, at: -15)
            try expectEqual(try await stage.toRing(at: 100), [early, tied, held, late])
            try expectEqual(try await stage.toRing(at: 100, limit: 2), [early, tied])
        },
        rule("ringing notes the time on each named job and on no other") { stage in
            let ids = [try await stage.addJob(), try await stage.addJob(), try await stage.addJob()]
            try await stage.ring([ids[0], ids[2], stage.samples.ids.next()], at: 7)
            try await stage.ring([], at: 8)
            let rung = try await stage.read { scope in try ids.map { try scope.job($0)?.rungAt } }
            try expectEqual(rung, [stage.time(7), nil, stage.time(7)])
        },
    ]

    static let bookCases: [ConformanceCase<any Database>] = [
        rule("a job is found with every field") { stage in
            let id: JobID = stage.samples.ids.next()
            let job = Job(
                id: id, kind: .deleteVideo, videoID: stage.samples.ids.next(), userID: stage.samples.ids.next(),
                correlationID: "request", createdAt: stage.time(1), state: .running, readyAt: stage.time(2),
                rungAt: stage.time(3), fence: 4, failures: 5, workerDeaths: 6, worker: "w7",
                leaseUntil: stage.time(8), progress: JobProgress(stage: .uploading, fraction: 0.75, expectedEnd: stage.time(11)),
                reason: "nine", finishedAt: stage.time(10))
            try await stage.write { try $0.insertJob(job) }
            try expectEqual(try await stage.job(id), job)
            let stranger: JobID = stage.samples.ids.next()
            try expectEqual(try await stage.read { try $0.job(stranger) }, nil)
        },
        rule("a job is inserted once") { stage in
            let job = stage.samples.job()
            try await stage.write { try $0.insertJob(job) }
            try await expectError(.conflict) { try await stage.write { try $0.insertJob(job) } }
        },
        rule("the position counts due jobs of the same kind that became ready before, ids deciding ties") { stage in
            let first = try await stage.addJob(at: 1)
            _ = try await stage.addJob(kind: .deleteVideo, at: 1)
            let second = try await stage.addJob(at: 2)
            let tied = try await stage.addJob(at: 2)
            let waiting = try await stage.addJob(at: 50)
            let ids = [first, second, tied, waiting]
            let now = stage.time(10)
            let positions = try await stage.read { scope in try ids.map { try scope.positionInQueue($0, now: now) } }
            try expectEqual(positions, [0, 1, 2, 3])
            try expectEqual(try await stage.position(tied, at: 1.5), 1)
        },
        rule("a job that does not wait has no position, and those behind it move up") { stage in
            let (first, second) = (try await stage.addJob(at: 1), try await stage.addJob(at: 2))
            let job = try await stage.take(first, at: 3)
            try expectEqual(try await stage.position(first, at: 3), nil)
            try expectEqual(try await stage.position(second, at: 3), 0)
            try expect(try await stage.finish(first, fence: job.fence, at: 4), "refused")
            try expectEqual(try await stage.position(first, at: 4), nil)
            try expectEqual(try await stage.position(stage.samples.ids.next(), at: 4), nil)
        },
        rule("jobs are counted by state") { stage in
            var ids: [JobID] = []
            for _ in 0..<7 { ids.append(try await stage.addJob()) }
            for id in ids.prefix(4) { try await stage.take(id, at: 1) }
            try expect(try await stage.finish(ids[0], fence: 1, at: 2), "refused")
            try expect(try await stage.finish(ids[1], fence: 1, at: 2), "refused")
            try expect(try await stage.bury(ids[2], fence: 1, at: 2), "refused")
            let counts = try await stage.read { scope in
                try [Job.State.ready, .running, .done, .dead].map { try scope.countJobs(in: $0) }
            }
            try expectEqual(counts, [3, 1, 2, 1])
        },
        rule("cleaning up removes jobs that ended before the limit, done or dead, and no other") { stage in
            var ids: [JobID] = []
            for _ in 0..<5 { ids.append(try await stage.addJob()) }
            for id in ids.prefix(4) { try await stage.take(id, at: 1) }
            try expect(try await stage.finish(ids[0], fence: 1, at: 2), "refused")
            try expect(try await stage.bury(ids[1], fence: 1, at: 2), "refused")
            try expect(try await stage.finish(ids[2], fence: 1, at: 10), "refused")
            let (limit, jobs) = (stage.time(10), ids)
            try expectEqual(try await stage.write { try $0.deleteJobs(finishedBefore: limit) }, 2)
            let left = try await stage.read { scope in try jobs.map { try scope.job($0) != nil } }
            try expectEqual(left, [false, false, true, true, true])
        },
        rule("dead jobs are listed, the longest dead first, and no others") { stage in
            var ids: [JobID] = []
            for _ in 0..<4 { ids.append(try await stage.addJob()) }
            for id in ids.prefix(3) { try await stage.take(id, at: 1) }
            try expect(try await stage.bury(ids[1], fence: 1, at: 3), "refused")
            try expect(try await stage.bury(ids[0], fence: 1, at: 4), "refused")
            try expect(try await stage.finish(ids[2], fence: 1, at: 2), "refused")
            try expectEqual(try await stage.read { try $0.deadJobs(limit: 10).map(\.id) }, [ids[1], ids[0]])
            try expectEqual(try await stage.read { try $0.deadJobs(limit: 1).map(\.id) }, [ids[1]])
        },
        rule("the backlog counts what is due, delayed, running and dead; an ended lease is due again") { stage in
            try expectEqual(try await stage.backlog(at: 0), Backlog())
            var ids: [JobID] = []
            for _ in 0..<6 { ids.append(try await stage.addJob(at: 5)) }
            for id in ids.prefix(4) { try await stage.take(id, at: 10) }
            try expect(try await stage.bury(ids[0], fence: 1, at: 11), "refused")
            try expect(try await stage.finish(ids[1], fence: 1, at: 11), "refused")
            try expect(try await stage.reschedule(ids[2], fence: 1, to: 100, at: 11), "refused")
            let early = Backlog(due: 2, delayed: 1, running: 1, dead: 1, oldestDueAt: stage.time(5))
            try expectEqual(try await stage.backlog(at: 39.999), early)
            let late = Backlog(due: 4, delayed: 0, running: 0, dead: 1, oldestDueAt: stage.time(5))
            try expectEqual(try await stage.backlog(at: 100), late)
        },
        rule("delayed jobs are those that wait for a later time, the next one first") { stage in
            var ids: [JobID] = []
            for _ in 0..<4 { ids.append(try await stage.addJob(at: 5)) }
            for id in ids.prefix(3) { try await stage.take(id, at: 10) }
            for (id, ready) in zip(ids, [100.0, 60]) {
                try expect(try await stage.reschedule(id, fence: 1, to: ready, at: 11), "refused")
            }
            let (before, between, after) = (stage.time(59.999), stage.time(60), stage.time(100))
            let delayed = try await stage.read { try $0.delayedJobs(now: before, limit: 10) }
            try expectEqual(delayed.map(\.id), [ids[1], ids[0]])
            try expectEqual(delayed.map(\.reason), ["the store is away", "the store is away"])
            try expectEqual(try await stage.read { try $0.delayedJobs(now: before, limit: 1).map(\.id) }, [ids[1]])
            try expectEqual(try await stage.read { try $0.delayedJobs(now: between, limit: 10).map(\.id) }, [ids[0]])
            try expectEqual(try await stage.read { try $0.delayedJobs(now: after, limit: 10) }, [])
        },
        rule("running jobs are those whose lease holds; ended ones come the latest first, done and dead") { stage in
            var ids: [JobID] = []
            for _ in 0..<4 { ids.append(try await stage.addJob()) }
            for (index, id) in ids.enumerated() { try await stage.take(id, by: "w\(index)", at: Double(index)) }
            try expect(try await stage.finish(ids[0], fence: 1, at: 5), "refused")
            try expect(try await stage.bury(ids[1], fence: 1, at: 6), "refused")
            let (now, since, later) = (stage.time(32), stage.time(5), stage.time(5.001))
            try expectEqual(try await stage.read { try $0.runningJobs(now: now, limit: 10).map(\.worker) }, ["w3"])
            try expectEqual(try await stage.read { try $0.runningJobs(now: since, limit: 1).count }, 1)
            let ended = try await stage.read { try $0.endedJobs(since: since, limit: 10).map(\.id) }
            try expectEqual(ended, [ids[1], ids[0]])
            try expectEqual(try await stage.read { try $0.endedJobs(since: later, limit: 10).map(\.id) }, [ids[1]])
            try expectEqual(try await stage.read { try $0.endedJobs(since: since, limit: 1).map(\.id) }, [ids[1]])
        },
        rule("a revived job is ready at once as a new one is, under its next fence, and only once") { stage in
            let id = try await stage.addJob()
            try await stage.take(id, at: 1)
            try await stage.ring([id], at: 1)
            try expect(try await stage.bury(id, fence: 1, at: 2), "refused")
            let now = stage.time(5)
            try expectEqual(
                try await stage.write { try [$0.reviveJob(id, now: now), $0.reviveJob(id, now: now)] }, [true, false])
            let job = try await stage.job(id)
            try expectEqual(job.state, .ready)
            try expectEqual(job.readyAt, now)
            try expectEqual([job.failures, job.workerDeaths], [0, 0])
            try expectEqual(job.finishedAt, nil)
            try expectEqual(job.progress, JobProgress(stage: .queued))
            try expectEqual(try await stage.toRing(at: 5), [id])
            try expectEqual(try await stage.take(id, at: 6).fence, 2)
            try expect(!(try await stage.finish(id, fence: 1, at: 7)), "the old run finished the new one")
            try expect(try await stage.finish(id, fence: 2, at: 7), "refused")
        },
        rule("a job that keeps waiting is rung ever more rarely, at least every ten intervals") { stage in
            let id = try await stage.addJob()
            try await stage.ring([id], at: 100)
            try expectEqual(try await stage.toRing(at: 199.999), [])
            try expectEqual(try await stage.toRing(at: 200), [id])
            try expectEqual(try await stage.toRing(at: 101, trusted: 0), [id], "who trusts no ring rings everything")
            try await stage.ring([id], at: 5000)
            try expectEqual(try await stage.toRing(at: 5599.999), [])
            try expectEqual(try await stage.toRing(at: 5600), [id])
        },
        rule("only dead jobs are revived or removed") { stage in
            var ids: [JobID] = []
            for _ in 0..<4 { ids.append(try await stage.addJob()) }
            for id in ids.prefix(3) { try await stage.take(id, at: 1) }
            try expect(try await stage.bury(ids[0], fence: 1, at: 2), "refused")
            try expect(try await stage.finish(ids[1], fence: 1, at: 2), "refused")
            let (now, others, dead) = (stage.time(5), Array(ids.dropFirst()), ids[0])
            let refused = try await stage.write { transaction in
                try others.flatMap { [try transaction.reviveJob($0, now: now), try transaction.removeDeadJob($0)] }
            }
            try expect(!refused.contains(true), "a job that is not dead was touched")
            try expectEqual(try await stage.write { try [$0.removeDeadJob(dead), $0.removeDeadJob(dead)] }, [true, false])
            try expectEqual(try await stage.read { try $0.job(dead) }, nil)
        },
        rule("a job outlives its video") { stage in
            let video = try await stage.addVideo(of: try await stage.addUser())
            let job = Job(
                id: stage.samples.ids.next(), kind: .deleteVideo, videoID: video.id, userID: video.ownerID,
                correlationID: video.correlationID, createdAt: video.uploadedAt)
            try await stage.write { transaction in
                try transaction.insertJob(job)
                try transaction.removeVideo(video.id)
            }
            try expectEqual(try await stage.read { try $0.job(job.id) }, job)
        },
    ]
}
