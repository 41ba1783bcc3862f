import ANBPersistence
import ANBTesting
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
            database: MeddledDatabase(memory, before: .read) { _ = try await world.healthy.voting.retract(by: eva, for: id) },
            phase: .always, fingerprint: world.healthy.voting.fingerprint, boards: world.healthy.boards, clock: world.clock)
        #expect(try await voting.cast(by: eva, for: id) == 1)
        await #expect(throws: ANBError.self) { try await voting.cast(by: eva, for: id) }
    }
}
