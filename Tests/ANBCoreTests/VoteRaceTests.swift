import ANBPersistence
import ANBTesting
import Synchronization
import Testing

@testable import ANBCore

/// A vote that did not count because of an earlier one, which is taken back before the reason is looked for.
struct VoteRaceTests {
    @Test func aVoteTakenBackMeanwhileDoesNotHideTheVideo() async throws {
        let memory = MemoryDatabase()
        let world = try await ContestInMemory(database: memory)
        defer { world.remove() }
        let (ana, eva) = (try await world.signUp("ana"), try await world.signUp("eva"))
        let id = try await world.upload(ana, through: world.healthy).videoID
        try await world.heal()
        _ = try await world.healthy.voting.cast(by: eva, for: id)
        let voting = Voting(
            database: MeddledDatabase(memory) { _ = try await world.healthy.voting.retract(by: eva, for: id) }, phase: .always,
            fingerprint: world.healthy.voting.fingerprint, boards: world.healthy.boards, clock: world.clock)
        #expect(try await voting.cast(by: eva, for: id) == 1)
        await #expect(throws: ANBError.self) { try await voting.cast(by: eva, for: id) }
    }
}

/// Does something before the first read.
private final class MeddledDatabase: Database {
    private let base: MemoryDatabase
    private let meddling: @Sendable () async throws -> Void
    private let isDone = Mutex(false)

    init(_ base: MemoryDatabase, _ meddling: @escaping @Sendable () async throws -> Void) {
        self.base = base
        self.meddling = meddling
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any ReadScope) throws -> Value) async throws -> Value {
        let wasDone = isDone.withLock { isDone in
            defer { isDone = true }
            return isDone
        }
        if !wasDone { try await meddling() }
        return try await base.read(body)
    }

    func withTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value { try await base.withTransaction(body) }

    func migrate() async throws { try await base.migrate() }
    func check() async throws { try await base.check() }
}
