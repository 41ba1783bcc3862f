import ANBPersistence
import ANBTesting
import Crypto
import Testing

@testable import ANBCore

struct VotingTests {
    /// A published video, and people who vote.
    private struct World {
        let contest: Contest
        let world: ContestInMemory
        let video: VideoID
        let owner: Identity
        let voters: [Identity]
        let review: VoteReview
    }

    private func withWorld(_ count: Int = 3, _ body: (World) async throws -> Void) async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        let owner = try await world.signUp("ana")
        let video = try await world.upload(owner).videoID
        try await world.workOnce(through: world.healthy)
        var voters: [Identity] = []
        for index in 0..<count { voters.append(try await world.signUp("voter\(index)")) }
        try await body(
            World(
                contest: world.healthy, world: world, video: video, owner: owner, voters: voters,
                review: VoteReview(database: world.database, clock: world.clock, ids: world.ids)))
    }

    @Test func theNetworkIsKeptAsAKeyedHashOnly() async throws {
        try await withWorld { stage in
            let network: [UInt8] = [203, 0, 113]
            for (voter, bytes) in zip(stage.voters, [network, network, [203, 0, 114]]) {
                _ = try await stage.contest.voting.cast(by: voter, for: stage.video, from: bytes)
            }
            let records = try await stage.world.database.read { try $0.voteRecords(for: stage.video) }
            let hashes = Dictionary(records.map { ($0.voter, $0.network) }) { $1 }
            let found = stage.voters.map { hashes[$0.userID] ?? nil }
            #expect(found[0] != nil && found[0] == found[1] && found[1] != found[2])
            #expect(found.allSatisfy { $0?.count == 16 })
            let other = Fingerprint(key: SymmetricKey(size: .bits256))
            #expect(other(network) != found[0])
        }
    }

    @Test func refusalsSayWhy() async throws {
        try await withWorld { stage in
            let (voting, voter) = (stage.contest.voting, stage.voters[0])
            func refusal(_ body: () async throws -> Int) async -> (ANBError.Code, String)? {
                do { _ = try await body() } catch let error as ANBError { return (error.code, error.userMessage) } catch {}
                return nil
            }
            #expect(try await voting.cast(by: voter, for: stage.video) == 1)
            #expect(await refusal { try await voting.cast(by: voter, for: stage.video) }?.1.contains("already") == true)
            #expect(await refusal { try await voting.cast(by: stage.owner, for: stage.video) }?.0 == .invalidRequest)
            #expect(await refusal { try await voting.cast(by: voter, for: stage.world.ids.next()) }?.0 == .notFound)
            let stranger = Identity(userID: stage.world.ids.next(), sessionID: stage.world.ids.next(), roles: [])
            #expect(await refusal { try await voting.cast(by: stranger, for: stage.video) }?.0 == .unauthenticated)
            #expect(
                await refusal { try await voting.retract(by: stage.voters[1], for: stage.video) }?.1.contains("not voted") == true
            )
            _ = try await stage.review.quarantine(.init(), for: stage.video, reason: "odd")
            #expect(await refusal { try await voting.retract(by: voter, for: stage.video) }?.1.contains("under review") == true)
            #expect(await refusal { try await voting.cast(by: voter, for: stage.video) }?.1.contains("already") == true)
        }
    }

    @Test func aPhaseIsSaidInTheRefusal() async throws {
        try await withWorld { stage in
            let now = stage.world.clock.now
            func voting(_ phase: VotingPhase) -> Voting {
                Voting(
                    database: stage.world.database, phase: phase,
                    fingerprint: Fingerprint(key: SymmetricKey(size: .bits256)),
                    boards: stage.world.contest.boards, clock: stage.world.clock)
            }
            let early = VotingPhase(opensAt: now + .seconds(1))
            let error = await #expect(throws: ANBError.self) {
                try await voting(early).cast(by: stage.voters[0], for: stage.video)
            }
            #expect(error?.code == .conflict)
            #expect(error?.userMessage == "Voting opens at \(now + .seconds(1)).")
            let count = try await voting(VotingPhase(opensAt: now)).cast(by: stage.voters[0], for: stage.video)
            #expect(count == 1)
            let over = VotingPhase(closesAt: now)
            let cast = await #expect(throws: ANBError.self) {
                try await voting(over).cast(by: stage.voters[1], for: stage.video)
            }
            let retracted = await #expect(throws: ANBError.self) {
                try await voting(over).retract(by: stage.voters[0], for: stage.video)
            }
            for refusal in [cast, retracted] { #expect(refusal?.userMessage == "Voting closed at \(now).") }
        }
    }

    @Test func quarantineTakesWhatWasChosenAndIsAudited() async throws {
        try await withWorld(3) { stage in
            // Two have just come; the third came an hour ago and voted from elsewhere.
            stage.world.clock.advance(by: .seconds(3600))
            let fresh = [try await stage.world.signUp("late0"), try await stage.world.signUp("late1")]
            for voter in fresh + [stage.voters[0]] { _ = try await stage.contest.voting.cast(by: voter, for: stage.video) }
            let young = VoteReview.Choice(signals: [.youngAccount])
            let report = try await stage.review.report(on: stage.video)
            #expect(report.votes == 3 && report.signals[.youngAccount] == 2 && report.signals[.singleEntry] == 3)
            #expect(report.suspicious == 2 && report.quarantined == 0 && report.largestBurst == 3)

            #expect(try await stage.review.quarantine(young, for: stage.video, reason: "odd", isDryRun: true) == 2)
            #expect(try await stage.review.report(on: stage.video).quarantined == 0)
            #expect(try await stage.review.quarantine(young, for: stage.video, reason: "odd") == 2)
            #expect(try await stage.review.quarantine(young, for: stage.video, reason: "odd") == 0)
            #expect(try await stage.contest.showcase.ranking(cityKey: nil, page: Page()).map(\.votes) == [1])
            #expect(try await stage.review.recount().isEmpty)
            let one = VoteReview.Choice(voters: [fresh[0].userID])
            #expect(try await stage.review.restore(one, for: stage.video, reason: "a friend") == 1)
            #expect(try await stage.contest.showcase.ranking(cityKey: nil, page: Page()).map(\.votes) == [2])

            try await stage.contest.audit.seal()
            let noted = try await stage.contest.audit.entries(after: 0, limit: 100).map(\.event)
                .filter { $0.subject == .video(stage.video) }
            #expect(
                noted.map { "\($0.actor) \($0.action): \($0.detail), \($0.reason)" } == [
                    "operator votes_quarantined: votes 2, young_account, odd", "operator votes_restored: votes 1, a friend",
                ])
            await #expect(throws: ANBError.self) {
                try await stage.review.quarantine(young, for: stage.world.ids.next(), reason: "odd")
            }
        }
    }
}
