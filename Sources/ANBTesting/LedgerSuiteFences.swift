import ANBCore

extension LedgerSuite {
    /// What the holder may do with its fence.
    static let holderCases: [ConformanceCase<any Database>] = [
        rule("a heartbeat renews the lease and notes the progress") { stage in
            let id = try await stage.addJob()
            let job = try await stage.take(id, at: 0)
            let progress = JobProgress(stage: .transcoding, fraction: 0.25, expectedEnd: stage.time(90))
            try expect(try await stage.heartbeat(id, fence: job.fence, at: 20, progress: progress), "it was refused")
            var expected = job
            expected.leaseUntil = stage.time(50)
            expected.progress = progress
            try expectEqual(try await stage.job(id), expected)
            try expectEqual(try await stage.claim(id, by: "w2", at: 49.999), .heldByOther(until: stage.time(50)))
        },
        rule("a heartbeat after the lease's end counts while nobody took the job over") { stage in
            let id = try await stage.addJob()
            let job = try await stage.take(id, at: 0)
            try expect(try await stage.heartbeat(id, fence: job.fence, at: 100), "it was refused")
            try expectEqual(try await stage.claim(id, by: "w2", at: 101), .heldByOther(until: stage.time(130)))
        },
        rule("a finish after the lease's end counts while nobody took the job over") { stage in
            let id = try await stage.addJob()
            let job = try await stage.take(id, at: 0)
            try expect(try await stage.finish(id, fence: job.fence, at: 100), "it was refused")
        },
        rule("a finished job is done, free of its lease, once") { stage in
            let id = try await stage.addJob()
            let job = try await stage.take(id, at: 0)
            try expect(try await stage.finish(id, fence: job.fence, at: 5), "it was refused")
            var expected = job
            expected.state = .done
            expected.leaseUntil = nil
            expected.finishedAt = stage.time(5)
            expected.progress = JobProgress(stage: .processed, fraction: 1)
            try expectEqual(try await stage.job(id), expected)
            try expectEqual(try await stage.finish(id, fence: job.fence, at: 6), false)
            try expectEqual(try await stage.job(id), expected)
        },
        rule("a rescheduled job waits for its time with one failure more and the reason") { stage in
            let id = try await stage.addJob()
            let job = try await stage.take(id, at: 0)
            try expect(try await stage.reschedule(id, fence: job.fence, to: 60, at: 5), "it was refused")
            var expected = job
            expected.state = .ready
            expected.readyAt = stage.time(60)
            expected.failures = 1
            expected.reason = "the store is away"
            expected.worker = nil
            expected.leaseUntil = nil
            expected.startedAt = nil
            try expectEqual(try await stage.job(id), expected)
            try expectEqual(try await stage.claim(id, at: 59.999), .notReady(until: stage.time(60)))
            try expectEqual(try await stage.take(id, at: 60).fence, 2)
        },
        rule("a job given back is ready at once and nothing is counted") { stage in
            let id = try await stage.addJob()
            let job = try await stage.take(id, at: 0)
            try expect(try await stage.giveBack(id, fence: job.fence, at: 5), "it was refused")
            var expected = job
            expected.state = .ready
            expected.readyAt = stage.time(5)
            expected.worker = nil
            expected.leaseUntil = nil
            expected.startedAt = nil
            try expectEqual(try await stage.job(id), expected)
            try expectEqual(expected.failures + expected.workerDeaths, 0)
            try expectEqual(try await stage.take(id, by: "w2", at: 5).workerDeaths, 0)
        },
        rule("a buried job is dead with one failure more and the reason") { stage in
            let id = try await stage.addJob()
            let job = try await stage.take(id, at: 0)
            try expect(try await stage.bury(id, fence: job.fence, at: 5), "it was refused")
            var expected = job
            expected.state = .dead
            expected.failures = 1
            expected.reason = "it cannot be decoded"
            expected.leaseUntil = nil
            expected.finishedAt = stage.time(5)
            expected.progress = JobProgress(stage: .failed, fraction: 1)
            try expectEqual(try await stage.job(id), expected)
        },
        rule("finishing and publishing are one transaction: rolled back together") { stage in
            let video = try await stage.addVideo(of: try await stage.addUser())
            let id = try await stage.addJob()
            let job = try await stage.take(id, at: 0)
            let (publication, now) = (try stage.samples.publication(of: video.id), stage.time(5))
            try await expectError(.unavailable) {
                try await stage.write { transaction in
                    _ = try transaction.finishJob(id, fence: job.fence, now: now)
                    _ = try transaction.publish(video.id, publication, at: now)
                    throw ANBError.unavailable("the database went away")
                }
            }
            try expectEqual(try await stage.job(id), job)
            try expectEqual(try await stage.video(video.id), video)
        },
    ]

    /// What an earlier holder, or nobody, may not do.
    static let fenceCases: [ConformanceCase<any Database>] = writes.flatMap { name, write in
        [
            rule("\(name) with an older fence writes nothing") { stage in
                let id = try await stage.addJob()
                let stale = try await stage.take(id, at: 0)
                let current = try await stage.take(id, by: "w2", at: 31)
                try expectEqual(try await write(stage, id, stale.fence), false)
                try expectEqual(try await stage.job(id), current)
            },
            rule("\(name) with a fence that was never given writes nothing") { stage in
                let id = try await stage.addJob()
                let current = try await stage.take(id, at: 0)
                try expectEqual(try await write(stage, id, current.fence + 1), false)
                try expectEqual(try await stage.job(id), current)
            },
            rule("\(name) on a job that is not running writes nothing") { stage in
                let id = try await stage.addJob()
                let first = try await stage.take(id, at: 0)
                try expect(try await stage.giveBack(id, fence: first.fence, at: 1), "refused")
                let ready = try await stage.job(id)
                try expectEqual(try await write(stage, id, first.fence), false)
                try expectEqual(try await stage.job(id), ready)

                let second = try await stage.take(id, at: 2)
                try expect(try await stage.finish(id, fence: second.fence, at: 3), "refused")
                let done = try await stage.job(id)
                try expectEqual(try await write(stage, id, second.fence), false)
                try expectEqual(try await stage.job(id), done)
                try expectEqual(try await write(stage, stage.samples.ids.next(), 1), false)
            },
        ]
    }

    private typealias FencedWrite = @Sendable (DatabaseStage, JobID, Int64) async throws -> Bool

    private static let writes: [(String, FencedWrite)] = [
        ("a heartbeat", { try await $0.heartbeat($1, fence: $2, at: 32) }),
        ("a finish", { try await $0.finish($1, fence: $2, at: 32) }),
        ("a reschedule", { try await $0.reschedule($1, fence: $2, to: 90, at: 32) }),
        ("giving back", { try await $0.giveBack($1, fence: $2, at: 32) }),
        ("a burial", { try await $0.bury($1, fence: $2, at: 32) }),
    ]
}
