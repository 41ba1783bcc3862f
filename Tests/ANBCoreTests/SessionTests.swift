import ANBTesting
import Crypto
import Testing

@testable import ANBCore

struct SessionTests {
    private func signedIn(_ world: ContestInMemory) async throws -> Accounts.SignedIn {
        _ = try await world.signUp("ana")
        return try await world.contest.accounts.logIn(email: "ANA@example.com ", password: "a-Long-passw0rd", client: "phone")
    }

    @Test func unknownEmailAndWrongPasswordLookTheSame() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        _ = try await signedIn(world)
        var texts: Set<String> = []
        for (email, password) in [("ana@example.com", "wrong-passw0rd"), ("no@example.com", "a-Long-passw0rd")] {
            let error = await #expect(throws: ANBError.self) {
                try await world.contest.accounts.logIn(email: email, password: password, client: "phone")
            }
            #expect(error?.code == .unauthenticated)
            texts.insert(error?.userMessage ?? "")
        }
        #expect(texts.count == 1)
    }

    @Test func aRefreshTokenRotates() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let first = try await signedIn(world)
        let second = try await world.contest.accounts.refresh(first.refreshToken, client: "phone")
        #expect(second.refreshToken != first.refreshToken)
        #expect(second.sessionID == first.sessionID)
        _ = try await world.contest.accounts.refresh(second.refreshToken, client: "phone")
    }

    @Test func aLostAnswerMayBeAskedForAgainByTheSameClient() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let first = try await signedIn(world)
        let second = try await world.contest.accounts.refresh(first.refreshToken, client: "phone")
        world.clock.advance(by: .seconds(19))
        let again = try await world.contest.accounts.refresh(first.refreshToken, client: "phone")
        #expect(again.refreshToken == second.refreshToken)
    }

    @Test(arguments: [("thief", 1), ("phone", 20)])
    func reuseEndsTheWholeSession(_ client: String, _ seconds: Int) async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let first = try await signedIn(world)
        let second = try await world.contest.accounts.refresh(first.refreshToken, client: "phone")
        world.clock.advance(by: .seconds(seconds))
        await #expect(throws: ANBError.self) { try await world.contest.accounts.refresh(first.refreshToken, client: client) }
        await #expect(throws: ANBError.self) { try await world.contest.accounts.refresh(second.refreshToken, client: "phone") }
    }

    @Test func aHundredParallelUsesLeaveOneSuccessor() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let first = try await signedIn(world)
        let tokens = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<100 {
                group.addTask { try await world.contest.accounts.refresh(first.refreshToken, client: "phone").refreshToken }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(tokens.count == 1)
    }

    @Test func loggingOutEndsRefreshing() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let first = try await signedIn(world)
        try await world.contest.accounts.logOut(
            Identity(userID: first.user.id, sessionID: first.sessionID, roles: first.user.roles))
        await #expect(throws: ANBError.self) { try await world.contest.accounts.refresh(first.refreshToken, client: "phone") }
    }

    /// While a new secret becomes the first one, the server that answers a repeat may have another first one.
    @Test func aRepeatIsRecognisedWhileTheSecretChanges() async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        _ = try await world.signUp("ana")
        let (old, new) = (SymmetricKey(size: .bits256), SymmetricKey(size: .bits256))
        func accounts(_ tokens: RefreshTokenChain) -> Accounts {
            Accounts(
                database: world.database, hasher: PlainHasher(), tokens: tokens, refreshLife: .seconds(3600),
                boards: world.contest.accounts.boards, clock: world.clock, ids: world.ids)
        }
        let before = accounts(RefreshTokenChain(key: old, older: [new]))
        let after = accounts(RefreshTokenChain(key: new, older: [old]))
        let first = try await before.logIn(email: "ana@example.com", password: "a-Long-passw0rd", client: "phone").refreshToken
        let second = try await before.refresh(first, client: "phone").refreshToken
        #expect(try await after.refresh(first, client: "phone").refreshToken == second)
        _ = try await after.refresh(second, client: "phone")
    }
}
