import ANBCore
import ANBTesting
import Testing

@testable import ANBPersistence

/// Numbers on the board that somebody changed by hand.
@Suite("Recount")
struct RecountTests {
    @Test(arguments: [false, true]) func findsAndRepairsWhatDiffers(onPostgres: Bool) async throws {
        if onPostgres {
            try await TemporaryPostgres.withDatabase { database in
                try await check(database) { sql in try await database.run(.write) { _ = try $0.execute(sql) } }
            }
        } else {
            try await TemporarySQLite.withDatabase { database in
                try await check(database) { sql in try await database.inTransaction { _ = try $0.execute(sql) } }
            }
        }
    }

    private func check(_ database: some Database, tamper: (String) async throws -> Void) async throws {
        let samples = Samples()
        let (player, other, voters) = (samples.user(), samples.user(), (0..<4).map { _ in samples.user() })
        let videos = [try samples.video(of: player.id), try samples.video(of: player.id), try samples.video(of: other.id)]
        let publication = try samples.publication(of: videos[0].id)
        try await database.withTransaction { transaction in
            for user in [player, other] + voters { try transaction.insertUser(user) }
            for video in videos {
                try transaction.insertVideo(video)
                _ = try transaction.publish(video.id, publication, at: Samples.start)
                for (index, voter) in voters.enumerated() {
                    _ = try transaction.castVote(by: voter.id, for: video.id, at: Samples.start + .seconds(Int64(index)))
                }
            }
        }
        let review = VoteReview(database: database)
        let before = try await database.read { scope in
            (try videos.map { try scope.video($0.id) }, try scope.ranking(cityKey: nil, page: Page()))
        }
        #expect(try await review.recount().isEmpty)

        try await tamper("UPDATE videos SET votes = 40 WHERE id = '\(videos[0].id)'")
        try await tamper("UPDATE player_tallies SET votes = 90 WHERE user_id = '\(other.id)'")
        let found = [
            TallyDifference(.video(videos[0].id), board: 40, votes: 4, ledger: 4),
            TallyDifference(.player(other.id), board: 90, votes: 4, ledger: 4),
        ]
        #expect(try await review.recount() == found)
        #expect(try await review.recount(repairs: true) == found)
        #expect(try await review.recount().isEmpty)
        let after = try await database.read { scope in
            (try videos.map { try scope.video($0.id) }, try scope.ranking(cityKey: nil, page: Page()))
        }
        #expect(after == before)

        // A vote beside the ledger: the board can be right and still be unexplained.
        try await tamper(
            "UPDATE vote_events SET voter_id = 'x' WHERE voter_id = '\(voters[0].id)' AND video_id = '\(videos[1].id)'")
        #expect(
            try await review.recount() == [
                TallyDifference(.video(videos[1].id), board: 4, votes: 4, ledger: 4, unexplained: 1)
            ])
        #expect(try await review.recount(repairs: true).count == 1)
        #expect(try await review.recount().count == 1)
        let noted = try await database.read { try $0.unsealedAudit(limit: 10) }
        #expect(Set(noted.map(\.action)) == [.tallyRepaired] && noted.count == 3)
    }
}
