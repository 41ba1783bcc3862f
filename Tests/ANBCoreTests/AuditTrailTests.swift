import ANBPersistence
import ANBTesting
import Testing

@testable import ANBCore

struct AuditTrailTests {
    private let password = "a-Long-passw0rd"

    private func rows(_ world: ContestInMemory) async throws -> [AuditEvent] {
        try await world.healthy.audit.seal()
        return try await world.healthy.audit.entries(after: 0, limit: 100).map(\.event)
    }

    @Test func signInsAreNotedWithoutWhatTheyWereMadeWith() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let ana = try await world.signUp("ana")
        let accounts = world.contest.accounts
        let phone = try await accounts.logIn(email: "ana@example.com", password: password, client: "phone")
        let laptop = try await accounts.logIn(email: "ana@example.com", password: password, client: "laptop")
        for (email, password) in [("ana@example.com", "wrong-pass-1"), ("bob@example.com", password)] {
            await #expect(throws: ANBError.self) { try await accounts.logIn(email: email, password: password, client: "x") }
        }
        let identity = Identity(userID: ana.userID, sessionID: laptop.sessionID, roles: [])
        try await accounts.endSession(phone.sessionID, of: identity)
        try await accounts.logOut(identity)
        let events = try await rows(world)
        #expect(events.map(\.action).filter { $0 == .signedIn }.count == 2)
        #expect(
            Set(events.map { "\($0.actor) \($0.action) \($0.subject) \($0.detail)" }) == [
                "user:\(ana.userID) sign_in session:\(phone.sessionID) ",
                "user:\(ana.userID) sign_in session:\(laptop.sessionID) ",
                "nobody sign_in_failed user:\(ana.userID) ", "nobody sign_in_failed  unknown account",
                "user:\(ana.userID) session_ended session:\(phone.sessionID) ",
            ])
        for secret in ["ana@", "bob@", password, "wrong-pass", phone.refreshToken, laptop.refreshToken] {
            #expect(!"\(events)".contains(secret))
        }
    }

    @Test func aReusedRefreshTokenIsNotedOnce() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        _ = try await world.signUp("ana")
        let accounts = world.contest.accounts
        let first = try await accounts.logIn(email: "ana@example.com", password: password, client: "phone")
        _ = try await accounts.refresh(first.refreshToken, client: "phone")
        world.clock.advance(by: .seconds(60))
        for _ in 0..<2 {
            await #expect(throws: ANBError.self) { try await accounts.refresh(first.refreshToken, client: "thief") }
        }
        let noted = try await rows(world).filter { $0.action == .refreshTokenReused }
        #expect(noted.map(\.subject) == [.session(first.sessionID)])
    }

    @Test func deletionAndDeadWorkAreNoted() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let ana = try await world.signUp("ana")
        let (first, second) = (try await world.upload(ana), try await world.upload(ana, title: "Second"))
        try await world.contest.library.delete(first.videoID, for: ana, correlationID: "c")
        await #expect(throws: ANBError.self) {
            try await world.contest.library.delete(first.videoID, for: ana, correlationID: "c")
        }
        let now = world.clock.now
        _ = try await world.database.withTransaction { transaction in
            _ = try transaction.claimJob(
                second.jobID, worker: "w", lease: .seconds(30), limits: AttemptLimits(), now: now)
            _ = try transaction.buryJob(second.jobID, fence: 1, reason: "on purpose", now: now)
            return try transaction.fail(second.videoID, code: .processingFailed, reason: "on purpose", at: now)
        }
        let work = DeadWork(database: world.database, queue: nil, clock: world.clock, ids: world.ids, logger: .silent)
        #expect(await work.replay([.job(second.jobID)]) == [.job(second.jobID): .done])
        #expect(await work.replay([.job(second.jobID)]) == [.job(second.jobID): .absent])
        #expect(
            try await rows(world).map { "\($0.actor) \($0.action) \($0.subject)" } == [
                "user:\(ana.userID) video_deleted video:\(first.videoID)",
                "operator dead_work_replayed job:\(second.jobID)",
            ])
    }

    @Test func aRoleIsGrantedAndRevokedWithAReason() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let ana = try await world.signUp("ana")
        let roles = Roles(database: world.database, clock: world.clock, ids: world.ids)
        #expect(try await roles.grant(.moderator, to: " Ana@example.com", reason: "on duty").roles == [.player, .moderator])
        #expect(try await roles.grant(.moderator, to: "ana@example.com").roles == [.player, .moderator])
        #expect(try await roles.list(nil).map(\.id) == [ana.userID])
        #expect(try await roles.list(.jury).isEmpty)
        #expect(try await roles.revoke(.moderator, from: "ana@example.com").roles == [.player])
        #expect(try await roles.list(nil).isEmpty)
        await #expect(throws: ANBError.self) { try await roles.grant(.jury, to: "nobody@example.com") }
        await #expect(throws: ANBError.self) { try await roles.revoke(.player, from: "ana@example.com") }
        #expect(
            try await rows(world).map { "\($0.action) \($0.subject) \($0.detail) \($0.reason)" } == [
                "role_granted user:\(ana.userID) moderator on duty", "role_revoked user:\(ana.userID) moderator ",
            ])
    }

    @Test func everyChangedFieldChangesTheHash() {
        let event = AuditEvent(
            id: "i", at: Timestamp(milliseconds: 1), actor: .nobody, action: .signedIn, subject: .none, detail: "d", reason: "r")
        let entry = AuditEntry(event, after: AuditHead(sequence: 4, hash: "p"))
        let changes: [(inout AuditEntry) -> Void] = [
            { $0.sequence += 1 }, { $0.previousHash = "q" }, { $0.event.at.milliseconds += 1 }, { $0.event.actor = .operator },
            { $0.event.action = .signInFailed }, { $0.event.subject = .init("x") }, { $0.event.detail = "" },
            { $0.event.reason = "rr" }, { ($0.event.detail, $0.event.reason) = ("dr", "") },
            {
                $0.event = AuditEvent(
                    id: "j", at: event.at, actor: .nobody, action: .signedIn, subject: .none, detail: "d", reason: "r")
            },
        ]
        #expect(entry.hash == entry.rightHash)
        for change in changes {
            var changed = entry
            change(&changed)
            #expect(changed.rightHash != entry.hash)
        }
    }
}
