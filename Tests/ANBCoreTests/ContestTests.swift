import ANBTesting
import Foundation
import NIOCore
import Synchronization
import Testing

@testable import ANBCore

struct ContestTests {
    @Test func aClipBecomesAPublishedVideo() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let owner = try await world.signUp("ana")
        let accepted = try await world.upload(owner)
        let before = try await world.contest.library.task(accepted.jobID, for: owner)
        #expect(before.job?.progress.stage == .queued)
        #expect(before.positionInQueue == 1)

        try await world.workOnce(through: world.contest)
        let detail = try await world.contest.library.detail(accepted.videoID, for: owner)
        #expect(detail.video.status == .processed)
        #expect(detail.video.publication?.renditions.map(\.name) == ["720p", "480p"])
        #expect(try await world.objectKeys() == detail.video.keys.sorted())
        #expect(try await world.contest.showcase.videosAndCount(PublicVideoQuery()).0.map(\.video.id) == [accepted.videoID])
    }

    /// What waits for the store goes on beside the encodes of others.
    @Test func aClipIsFetchedBeforeItsTurnAndStoredAfterIt() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        _ = try await world.upload(try await world.signUp("ana"))
        let log = Log()
        try await world.workOnce(
            through: world.contest,
            JobContext(report: { log.note($0.stage.rawValue) }) {
                log.note("turn")
                return { log.note("given back") }
            })
        #expect(log.lines == ["downloading", "turn", "probing", "transcoding", "given back", "uploading"])
    }

    private final class Log: Sendable {
        private let noted = Mutex<[String]>([])
        func note(_ line: String) { noted.withLock { if $0.last != line { $0.append(line) } } }
        var lines: [String] { noted.withLock { $0 } }
    }

    @Test func aRefusedFileLeavesNothing() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let owner = try await world.signUp("ana")
        for (text, title) in [("no video", "t"), ("", "t"), (FakeMediaEngine.magic, " "), (FakeMediaEngine.magic, "a\nb")] {
            await #expect(throws: ANBError.self) { try await world.upload(owner, text: text, title: title) }
        }
        #expect(try await world.objectKeys().isEmpty)
        #expect(try await world.contest.library.mine(owner, page: Page()).totalCount == 0)
    }

    @Test func theUploadLimitHasAnEdge() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let owner = try await world.signUp("ana")
        let most = Int(Limits().uploadBytesMax)
        func send(_ byteCount: Int) async throws -> VideoUploads.Accepted {
            try await world.contest.uploads.accept(
                from: owner, declaredByteCount: nil, details: .init(correlationID: "test")
            ) { sink in
                try await sink.append(ByteBuffer(string: FakeMediaEngine.magic))
                try await sink.append(ByteBuffer(repeating: 0, count: byteCount - FakeMediaEngine.magic.utf8.count))
                return "t"
            }
        }
        _ = try await send(most)
        let error = await #expect(throws: ANBError.self) { try await send(most + 1) }
        #expect(error?.code == .tooLarge)
    }

    @Test func sameKeySameUploadSameAnswer() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let owner = try await world.signUp("ana")
        let first = try await world.upload(owner, key: "k")
        #expect(try await world.upload(owner, key: "k") == first)
        let error = await #expect(throws: ANBError.self) { try await world.upload(owner, title: "Another", key: "k") }
        #expect(error?.code == .idempotencyMismatch)
        #expect(try await world.objectKeys().count == 1)
    }

    @Test func aRepeatTakesOverAnUploadWhoseServerWasKilled() async throws {
        let unbroken = FaultPlan()
        let rehearsal = try await ContestInMemory(unbroken)
        defer { rehearsal.remove() }
        _ = try await rehearsal.upload(try await rehearsal.signUp("ana"), key: "k")
        let commit = try #require(unbroken.trace.firstIndex(of: "object write")) + 2

        let world = try await ContestInMemory(FaultPlan(breaking: commit))
        defer { world.remove() }
        let owner = try await world.signUp("ana")
        try await expectError(.unavailable) { try await world.upload(owner, key: "k") }
        try await expectError(.inProgress) { try await world.upload(owner, key: "k") }
        world.clock.advance(by: VideoUploads.takeOverAfter)
        let accepted = try await world.upload(owner, key: "k")
        #expect(try await world.upload(owner, key: "k") == accepted)
        #expect(try await world.objectKeys().map(\.videoID) == [accepted.videoID])
        try await world.workOnce(through: world.healthy)
        #expect(try await world.healthy.library.detail(accepted.videoID, for: owner).video.status == .processed)
    }

    @Test func aDisabledAccountCanDoNothing() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let owner = try await world.signUp("ana")
        let video = try await world.upload(owner).videoID
        try await world.database.withTransaction { transaction in
            guard var user = try transaction.user(owner.userID) else { return }
            user.isActive = false
            _ = try transaction.updateUser(user)
        }
        try await expectError(.unauthenticated) { try await world.upload(owner) }
        try await expectError(.unauthenticated) { try await world.contest.library.detail(video, for: owner) }
        try await expectError(.unauthenticated) { try await world.contest.library.mine(owner, page: Page()) }
    }

    @Test func votesCountOncePerPersonAndNeverForOneself() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let (ana, luis, marta) = (try await world.signUp("ana"), try await world.signUp("luis"), try await world.signUp("marta"))
        let video = try await world.upload(ana).videoID
        let early = await #expect(throws: ANBError.self) { try await world.contest.voting.cast(by: luis, for: video) }
        #expect(early?.code == .notFound, "not published yet")
        try await world.workOnce(through: world.contest)

        #expect(try await world.contest.voting.cast(by: luis, for: video) == 1)
        #expect(try await world.contest.voting.cast(by: marta, for: video) == 2)
        let twice = await #expect(throws: ANBError.self) { try await world.contest.voting.cast(by: luis, for: video) }
        #expect(twice?.code == .conflict)
        let own = await #expect(throws: ANBError.self) { try await world.contest.voting.cast(by: ana, for: video) }
        #expect(own?.code == .invalidRequest)
        #expect(try await world.contest.voting.retract(by: marta, for: video) == 1)
        #expect(try await world.contest.voting.votes(of: luis, page: Page()) == [video])
        let ranking = try await world.contest.showcase.ranking(cityKey: City("BOGOTA").key, page: Page())
        #expect(ranking == [RankingEntry(position: 1, username: "ana.player", city: "Bogotá", votes: 1)])
    }

    @Test func aDeletedVideoLosesItsObjectsAndItsRow() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let owner = try await world.signUp("ana")
        let video = try await world.upload(owner).videoID
        try await world.contest.library.delete(video, for: owner, correlationID: "test")
        await #expect(throws: ANBError.self) { try await world.contest.library.detail(video, for: owner) }
        try await world.workOnce(through: world.contest)
        try await world.heal()
        #expect(try await world.objectKeys().isEmpty)
        #expect(try await world.database.read { try $0.video(video) } == nil)
    }

    @Test func aPublishedVideoCannotBeDeleted() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let owner = try await world.signUp("ana")
        let video = try await world.upload(owner).videoID
        try await world.workOnce(through: world.contest)
        let error = await #expect(throws: ANBError.self) {
            try await world.contest.library.delete(video, for: owner, correlationID: "test")
        }
        #expect(error?.code == .conflict)
    }

    @Test func aStrangersVideoIsForbidden() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let (ana, luis) = (try await world.signUp("ana"), try await world.signUp("luis"))
        let accepted = try await world.upload(ana)
        let library = world.contest.library
        try await expectError(.forbidden) { try await library.detail(accepted.videoID, for: luis) }
        try await expectError(.forbidden) { try await library.task(accepted.jobID, for: luis) }
        try await expectError(.forbidden) {
            try await library.delete(accepted.videoID, for: luis, correlationID: "test")
        }
    }
}
