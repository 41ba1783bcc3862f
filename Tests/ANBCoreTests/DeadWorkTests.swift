import ANBCore
import ANBPersistence
import ANBQueue
import ANBTesting
import Testing

/// What operators may do about jobs and messages that were given up.
@Suite struct DeadWorkTests {
    private func withStage(_ body: (ContestInMemory, DeadWork) async throws -> Void) async throws {
        let stage = try await ContestInMemory()
        defer { stage.remove() }
        try await body(stage, DeadWork(database: stage.database, queue: stage.queue, clock: stage.clock, logger: .silent))
    }

    /// An upload whose job has died, with what the player is told.
    private func deadUpload(_ stage: ContestInMemory, _ name: String = "ana") async throws -> Video {
        let accepted = try await stage.upload(stage.signUp(name), key: nil)
        let now = stage.clock.now
        return try await stage.database.withTransaction { transaction in
            let video = try require(try transaction.video(accepted.videoID))
            guard
                case .claimed(let job) = try transaction.claimJob(
                    video.jobID, worker: "test", lease: .seconds(30), limits: AttemptLimits(), now: now)
            else { throw ConformanceFailure("the job cannot be claimed") }
            try expect(try transaction.buryJob(job.id, fence: job.fence, reason: "the store is away", now: now), "not buried")
            try expect(
                try transaction.fail(video.id, code: .processingFailed, reason: "It could not be processed.", at: now),
                "not failed")
            return try require(try transaction.video(video.id))
        }
    }

    private func video(_ id: VideoID, _ stage: ContestInMemory) async throws -> Video? {
        try await stage.database.read { try $0.video(id) }
    }

    @Test func aDeadJobIsListedAndShown() async throws {
        try await withStage { stage, work in
            let video = try await deadUpload(stage)
            let entries = try await work.list()
            #expect(entries.map(\.id) == [.job(video.jobID)])
            #expect(entries[0].reason == "the store is away")
            #expect(entries[0].job?.videoID == video.id)
            #expect(try await work.show(.job(video.jobID)) == entries[0])
            try await expectError(.notFound) { try await work.show(.job(stage.ids.next())) }
            try await expectError(.notFound) { try await work.show(.message("nobody")) }
            for limit in [0, 1001] { try await expectError(.invalidRequest) { try await work.list(limit: limit) } }
        }
    }

    @Test func aReplayedJobPublishesItsVideoOnceAndOnlyOnce() async throws {
        try await withStage { stage, work in
            let video = try await deadUpload(stage)
            #expect(await work.replay([.job(video.jobID)]) == [.job(video.jobID): .done])
            #expect(try await self.video(video.id, stage)?.status == .queued)
            #expect(await work.replay([.job(video.jobID)]) == [.job(video.jobID): .absent])
            try await stage.heal()
            let published = try await self.video(video.id, stage)
            #expect(published?.status == .processed)
            #expect(published?.failureReason == nil)

            let objects = try await stage.objectKeys()
            #expect(await work.replay([.job(video.jobID)]) == [.job(video.jobID): .absent])
            try await stage.heal()
            #expect(try await self.video(video.id, stage) == published)
            #expect(try await stage.objectKeys() == objects)
        }
    }

    /// A message may be put aside although its job went well, and rings once more when it is replayed.
    @Test func aReplayedMessageOfAFinishedJobDoesNothing() async throws {
        try await withStage { stage, work in
            let accepted = try await stage.upload(stage.signUp("ana"))
            for _ in 0..<3 {
                let delivery = try #require(try await stage.queue.receive(limit: 1, wait: .zero).first)
                try await stage.queue.giveBack(delivery, after: .zero)
            }
            try await stage.heal()
            let published = try await video(accepted.videoID, stage)
            #expect(published?.status == .processed)
            let letters = try await work.list()
            #expect(letters.count == 1)
            #expect(await work.replay(letters.map(\.id)) == [letters[0].id: .done])
            try await stage.workOnce(through: stage.healthy)
            #expect(try await video(accepted.videoID, stage) == published)
            #expect(try await work.list() == [])
        }
    }

    @Test func aJobWithNothingLeftToDoStaysDeadAndSaysWhy() async throws {
        try await withStage { stage, work in
            let (deleted, lost) = (try await deadUpload(stage), try await deadUpload(stage, "eva"))
            let now = stage.clock.now
            try await stage.database.withTransaction { transaction in
                _ = try transaction.markDeleted(deleted.id, at: now)
                try transaction.removeVideo(lost.id)
            }
            let ids: [DeadEntry.ID] = [.job(deleted.jobID), .job(lost.jobID)]
            for (_, fate) in await work.replay(ids) {
                guard case .failed(let reason) = fate else {
                    Issue.record("\(fate)")
                    continue
                }
                #expect(reason.contains("purge it"))
            }
            #expect(try await work.list().count == 2)
        }
    }

    @Test func purgingForgetsTheJobAndLeavesTheVideoAsItIs() async throws {
        try await withStage { stage, work in
            let video = try await deadUpload(stage)
            try await stage.queue.send([
                JobMessage(
                    jobID: stage.ids.next(), kind: .processVideo, videoID: stage.ids.next(), userID: stage.ids.next(),
                    originalKey: "a", correlationID: "c", schema: 9)
            ])
            _ = try await stage.queue.receive(limit: 10, wait: .zero)
            let ids = try await work.list().map(\.id)
            #expect(ids.count == 2)
            #expect(Set(await work.purge(ids).values) == [.done])
            #expect(Set(await work.purge(ids).values) == [.absent])
            #expect(try await work.list() == [])
            #expect(try await self.video(video.id, stage) == video)
        }
    }

    /// One that cannot be reached is told, and does not keep the others.
    @Test func aFailureOfTheQueueIsToldForEachOfItsMessages() async throws {
        let stage = try await ContestInMemory()
        defer { stage.remove() }
        let work = DeadWork(database: stage.database, queue: BrokenLetters(), clock: stage.clock, logger: .silent)
        let video = try await deadUpload(stage)
        let fates = await work.replay([.message("1"), .job(video.jobID), .message("2")])
        #expect(
            fates == [.job(video.jobID): .done, .message("1"): .failed(reason: "away"), .message("2"): .failed(reason: "away")])
    }

    @Test(arguments: ["", "job", "job:", "job:1", "queue", "queue:", "video:1", "0192aaaa-0000-7000-8000-000000000000"])
    func aTextThatIsNoIDIsRefused(_ text: String) { #expect(DeadEntry.ID(text) == nil) }

    @Test func idsReadAsTheyAreWritten() {
        let job = DeadEntry.ID.job(SequentialIDs().next())
        #expect(DeadEntry.ID("\(job)") == job)
        #expect(DeadEntry.ID("queue:12-0") == .message("12-0"))
    }
}

private struct BrokenLetters: DeadLetterQueue {
    func deadLetters(limit: Int) async throws -> [DeadLetter] { throw ANBError.unavailable("away") }
    func replay(_ ids: Set<String>) async throws -> [String: DeadLetterFate] { throw ANBError.unavailable("away") }
    func purge(_ ids: Set<String>) async throws -> [String: DeadLetterFate] { throw ANBError.unavailable("away") }
}
