import ANBTesting
import NIOCore
import Testing

@testable import ANBCore

struct AccountClosingTests {
    private let password = "a-Long-passw0rd"

    /// Every state that something of a person can be in, and afterwards nothing: neither objects nor rows.
    @Test func everythingOfThePersonIsGoneAfterTheSweep() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let (ana, bob) = (try await world.signUp("ana"), try await world.signUp("bob"))
        let contest = world.contest
        let published = try await world.upload(ana)
        let failed = try await world.upload(ana, title: "Second")
        let now = world.clock.now
        _ = try await world.database.withTransaction {
            try $0.fail(failed.videoID, code: .processingFailed, reason: "broken", at: now)
        }
        try await world.workOnce(through: contest)
        let queued = try await world.upload(ana, title: "Third", key: "again")
        let kept = try await world.upload(bob)
        // An upload that was cut off between its note and its video.
        let cutOff = try Samples(ids: world.ids).upload(of: ana.userID, at: now)
        try await world.database.withTransaction { try $0.insertUpload(cutOff) }
        try await world.objects.write(cutOff.key, .bytes(ByteBuffer(string: "half done")))
        _ = try await contest.voting.cast(by: bob, for: published.videoID)
        let signedIn = try await contest.accounts.logIn(email: "ana@example.com", password: password, client: "x")
        #expect(try await world.objectKeys().count >= 7)

        try await contest.accountClosing.close(ana, password: password, correlationID: "c")
        await #expect(throws: ANBError.self) { try await contest.accounts.account(ana) }
        await #expect(throws: ANBError.self) { try await contest.accounts.refresh(signedIn.refreshToken, client: "x") }
        await #expect(throws: ANBError.self) {
            try await contest.accounts.logIn(email: "ana@example.com", password: password, client: "x")
        }
        #expect(try await contest.showcase.videosAndCount(PublicVideoQuery()).0.isEmpty)
        #expect(try await contest.showcase.ranking(cityKey: nil, page: Page()).isEmpty)

        try await world.heal()
        let left = try await world.objectKeys()
        #expect(!left.isEmpty && left.allSatisfy { $0.videoID == kept.videoID }, "\(left)")
        try await world.database.read { scope in
            try expectEqual(try scope.user(ana.userID), nil)
            try expectEqual(try scope.session(signedIn.sessionID), nil)
            for id in [published.videoID, failed.videoID, queued.videoID, cutOff.id] {
                try expectEqual(try scope.video(id), nil)
                try expectEqual(try scope.upload(id), nil)
            }
            try expectEqual(try scope.voteEvents(of: bob.userID), [])
            try expectEqual(try scope.tallyDifferences(), [])
        }
        // The same e-mail may come again, as somebody new.
        #expect(try await world.signUp("ana").userID != ana.userID)
    }

    @Test func votesOfAClosedAccountStayAndCountWithoutAName() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let (ana, bob) = (try await world.signUp("ana"), try await world.signUp("bob"))
        let video = try await world.upload(ana).videoID
        try await world.workOnce(through: world.contest)
        _ = try await world.contest.voting.cast(by: bob, for: video)
        try await world.contest.accountClosing.close(bob, password: password, correlationID: "c")
        try await world.heal()
        #expect(try await world.contest.showcase.ranking(cityKey: nil, page: Page()).map(\.votes) == [1])
        let left = try #require(try await world.database.read { try $0.user(bob.userID) })
        #expect(!left.isActive && left.email == "erased:\(bob.userID)" && left.playerName == " ")
        #expect(try await world.database.read { try $0.tallyDifferences().isEmpty })
        await #expect(throws: ANBError.self) { try await world.contest.voting.retract(by: bob, for: video) }
    }

    /// The account is closed while the bytes come, by one form or in parts: nothing comes of them.
    @Test(arguments: [false, true]) func anUploadUnderWayBecomesNothing(inParts: Bool) async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let contest = world.contest
        let ana = try await world.signUp("ana")
        let bytes = ByteBuffer(string: FakeMediaEngine.magic)
        let session = inParts ? try await world.beginUpload(ana) : nil
        let close = { @Sendable in try await contest.accountClosing.close(ana, password: password, correlationID: "c") }
        await #expect(throws: ANBError.self) {
            if let session {
                let addition = ResumableUploads.Addition(
                    offset: 0, byteCount: Int64(bytes.readableBytes), correlationID: "c")
                _ = try await contest.resumableUploads.add(addition, to: session, for: ana) { writer in
                    try await close()
                    try await writer.append(bytes)
                }
            } else {
                _ = try await contest.uploads.accept(
                    from: ana, declaredByteCount: nil, details: .init(correlationID: "c")
                ) { sink in
                    try await sink.append(bytes)
                    try await close()
                    return "My skills"
                }
            }
        }
        try await world.heal()
        #expect(try await world.objectKeys().isEmpty)
        #expect(try await world.database.read { try $0.countJobs(in: .ready) } == 0)
    }

    @Test func aWrongPasswordClosesNothing() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let ana = try await world.signUp("ana")
        for password in ["", "wrong", String(repeating: "x", count: 200)] {
            let error = await #expect(throws: ANBError.self) {
                try await world.contest.accountClosing.close(ana, password: password, correlationID: "c")
            }
            #expect(error?.code == .forbidden)
        }
        #expect(try await world.contest.accounts.account(ana).email == "ana@example.com")
        try await world.contest.accountClosing.close(ana, password: password, correlationID: "c")
        try await world.contest.audit.seal()
        let noted = try await world.contest.audit.entries(after: 0, limit: 10).map(\.event)
        #expect(
            noted.map { "\($0.actor) \($0.action) \($0.subject)" } == ["user:\(ana.userID) account_deleted user:\(ana.userID)"])
    }
}
