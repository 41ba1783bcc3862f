import ANBCore
import ANBPersistence
import ANBTesting
import Testing

/// Dead jobs of two causes, replayed behind one canary each.
@Suite(.timeLimit(.minutes(1))) struct CanaryTests {
    private struct Stage: Sendable {
        let database = MemoryDatabase()
        let clock = ManualClock()
        let samples = Samples()

        var work: DeadWork { DeadWork(database: database, queue: nil, clock: clock, logger: .silent) }

        /// Jobs without videos, so that nothing but the ledger is asked.
        func dead(_ reason: String) async throws -> JobID {
            let job = Job(
                id: samples.ids.next(), kind: .deleteVideo, videoID: samples.ids.next(), userID: samples.ids.next(),
                correlationID: "c", createdAt: clock.now, state: .dead, reason: reason, finishedAt: clock.now)
            try await database.withTransaction { try $0.insertJob(job) }
            return job.id
        }

        func states(_ ids: [JobID]) async throws -> [Job.State?] {
            try await database.read { scope in try ids.map { try scope.job($0)?.state } }
        }

        /// What a worker would do.
        func end(_ id: JobID, well: Bool) async throws {
            let now = clock.now
            try await database.withTransaction { transaction in
                guard
                    case .claimed(let job) = try transaction.claimJob(
                        id, worker: "w", lease: .seconds(30), limits: AttemptLimits(), now: now)
                else { throw ConformanceFailure("the canary cannot be claimed") }
                _ =
                    well
                    ? try transaction.finishJob(id, fence: job.fence, now: now)
                    : try transaction.buryJob(id, fence: job.fence, reason: "away still", now: now)
            }
        }
    }

    @Test func theOthersFollowTheCanaryOfTheirCauseOnly() async throws {
        let stage = Stage()
        try await stage.database.migrate()
        var cured: [JobID] = []
        var sick: [JobID] = []
        for number in 0..<3 {
            cured.append(try await stage.dead("the store \(number) is away"))
            sick.append(try await stage.dead("no decoder for \(number)"))
        }
        let ids = (cured + sick).map { DeadEntry.ID.job($0) } + [.message("5")]
        let work = stage.work
        async let replayed = work.replayBehindCanaries(ids, patience: .seconds(60))
        try await stage.clock.waitForSleepers(1)
        #expect(try await stage.states(cured + sick) == [.ready, .dead, .dead, .ready, .dead, .dead])
        try await stage.end(cured[0], well: true)
        try await stage.end(sick[0], well: false)
        stage.clock.advance(by: .seconds(1))
        let fates = try await replayed
        #expect(try await stage.states(cured + sick) == [.done, .ready, .ready, .dead, .dead, .dead])
        #expect(cured.allSatisfy { fates[.job($0)] == .done })
        #expect(fates[.job(sick[0])] == .failed(reason: "died again: away still"))
        #expect(fates[.job(sick[1])] == .failed(reason: "not replayed: job:\(sick[0]) died again: away still"))
        #expect(fates[.message("5")] == .absent)
        #expect(fates.count == 7)
    }

    @Test func aCanaryThatNobodyTakesIsGivenUp() async throws {
        let stage = Stage()
        try await stage.database.migrate()
        let jobs = [try await stage.dead("away"), try await stage.dead("away")]
        let work = stage.work
        async let replayed = work.replayBehindCanaries(jobs.map { .job($0) }, patience: .seconds(2))
        for _ in 0..<2 {
            try await stage.clock.waitForSleepers(1)
            stage.clock.advance(by: .seconds(1))
        }
        let fates = try await replayed
        guard case .failed(let reason) = fates[.job(jobs[0])] else { return #expect(Bool(false), "\(fates)") }
        #expect(reason.contains("is a worker running?"))
        #expect(try await stage.states(jobs) == [.ready, .dead])
    }
}
