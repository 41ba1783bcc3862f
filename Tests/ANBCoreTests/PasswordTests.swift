import ANBTesting
import Crypto
import Testing

@testable import ANBCore

/// One password has one form, whatever keyboard it comes from; and how it is changed.
struct PasswordTests {
    private static let composed = "\u{F1}and\u{FA} y \u{FB01}n 1"
    private static let decomposed = "n\u{303}andu\u{301} y fin 1"

    private func signUp(_ world: ContestInMemory, _ password: String) async throws -> User {
        try await world.contest.accounts.signUp(
            Accounts.SignUp(
                firstName: "Ana", lastName: "Player", email: "ana@example.com", password: password, repeatedPassword: password,
                city: "Cali", country: "Colombia"))
    }

    private func logIn(_ world: ContestInMemory, _ password: String) async throws -> Accounts.SignedIn {
        try await world.contest.accounts.logIn(email: "ana@example.com", password: password, client: "phone")
    }

    @Test func oneTypedOnAnotherKeyboardIsTheSame() async throws {
        for (first, second) in [(Self.composed, Self.decomposed), (Self.decomposed, Self.composed)] {
            let world = try await ContestInMemory()
            defer { world.remove() }
            #expect(!first.utf8.elementsEqual(second.utf8))
            let user = try await signUp(world, first)
            #expect(user.passwordHash.utf8.elementsEqual("plain:\u{F1}and\u{FA} y fin 1".utf8))
            _ = try await logIn(world, second)
            _ = try await logIn(world, first)
            await #expect(throws: ANBError.self) { try await logIn(world, "nandu y fin 1") }
        }
    }

    /// An account from before passwords had one form gets in with what it typed then, and has the one form afterwards.
    @Test func aHashOfTheTextAsTypedStillHolds() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        var user = try await signUp(world, Self.composed)
        user.passwordHash = "plain:" + Self.decomposed
        let old = user
        try await world.database.withTransaction { _ = try $0.updateUser(old) }
        let upgraded = try await logIn(world, Self.decomposed).user
        #expect(upgraded.passwordHash.utf8.elementsEqual("plain:\u{F1}and\u{FA} y fin 1".utf8))
        _ = try await logIn(world, Self.composed)
    }

    /// One character may become eighteen; what counts is what was typed.
    @Test func theLimitIsThatOfTheTextAsTyped() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let long = String(repeating: "\u{FDFA}", count: 42) + " 1"
        #expect(long.utf8.count == Limits.passwordBytesMax)
        _ = try await signUp(world, long)
        _ = try await logIn(world, long)
        await #expect(throws: ANBError.self) { try await logIn(world, long + "x") }
    }

    @Test func aChangeEndsAllOtherSessionsAndTheOldPassword() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let (old, new) = ("a-Long-passw0rd", "another long one 2")
        _ = try await world.signUp("ana")
        let (phone, laptop) = (try await logIn(world, old), try await logIn(world, old))
        let caller = Identity(userID: phone.user.id, sessionID: phone.sessionID, roles: [])
        let accounts = world.contest.accounts
        for (current, wanted, repeated, code) in [
            ("wrong", new, new, ANBError.Code.forbidden), (old, new, old, .invalidRequest),
            (old, "password123", "password123", .invalidRequest),
        ] {
            let error = await #expect(throws: ANBError.self) {
                try await accounts.changePassword(caller, .init(current: current, new: wanted, repeated: repeated))
            }
            #expect(error?.code == code)
        }
        _ = try await accounts.refresh(laptop.refreshToken, client: "laptop")
        #expect(try await accounts.changePassword(caller, .init(current: old, new: new, repeated: new)) == [laptop.sessionID])
        #expect(try await accounts.sessions(of: caller).map(\.id) == [phone.sessionID])
        await #expect(throws: ANBError.self) { try await logIn(world, old) }
        _ = try await logIn(world, new)
        let events = try await world.database.read { try $0.unsealedAudit(limit: 100) }
        #expect(events.count { $0.action == .passwordChanged } == 1)
    }

    @Test(arguments: [
        ("password_1764442800123", false), ("password1234567890", true), ("Contraseña123!", true), ("p4ssw0rd!!", true),
    ]) func muchBesideACommonWordMakesAPassword(password: String, isCommon: Bool) {
        #expect(CommonPasswords.contains(password) == isCommon)
    }

    /// Who chooses names and password must not choose how long the check takes.
    @Test(.timeLimit(.minutes(1))) func oneMadeOfOwnWordsIsJudgedAtOnce() {
        let own = ["aaa", "aaaa", "aaaaa@aaaaaa.aaaaaaa"]
        #expect(!CommonPasswords.contains(String(repeating: "a", count: 120) + "-xkt", ownWords: own))
        #expect(CommonPasswords.contains(String(repeating: "a", count: 120) + "-1", ownWords: own))
    }

    /// The old password was right when the login looked; the login must neither outlive the change nor undo it.
    @Test func aLoginUnderWayDoesNotOutliveAChange() async throws {
        struct HasherThatMeetsAChange: PasswordHasher {
            let change: @Sendable () async throws -> Void

            func hash(_ password: String) async throws -> String { try await PlainHasher().hash(password) }
            func verify(_ password: String, against hash: String?) async throws -> Bool {
                let isRight = try await PlainHasher().verify(password, against: hash)
                try await change()
                return isRight
            }
            func needsRehash(_ hash: String) -> Bool { true }
        }
        let world = try await ContestInMemory()
        defer { world.remove() }
        let (id, database) = (try await signUp(world, "a-Long-passw0rd").id, world.database)
        let hasher = HasherThatMeetsAChange {
            try await database.withTransaction { transaction in
                var user = try #require(try transaction.user(id))
                user.passwordHash = "plain:another long one 2"
                _ = try transaction.updateUser(user)
            }
        }
        let accounts = Accounts(
            database: database, hasher: hasher, tokens: RefreshTokenChain(key: SymmetricKey(size: .bits256)),
            refreshLife: .seconds(60), boards: world.contest.accounts.boards, clock: world.clock, ids: world.ids)
        let error = await #expect(throws: ANBError.self) {
            try await accounts.logIn(email: "ana@example.com", password: "a-Long-passw0rd", client: "phone")
        }
        #expect(error?.code == .unauthenticated)
        let (kept, sessions) = try await database.read { scope in
            (try scope.user(id)?.passwordHash, try scope.sessions(of: id, liveAt: world.clock.now))
        }
        #expect(kept == "plain:another long one 2" && sessions.isEmpty)
    }
}
