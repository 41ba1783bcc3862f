import ANBCore
import ANBTesting
import Testing

@testable import ANBPersistence

/// Many at once on the same rows, and what the transactions do when they meet.
@Suite("PostgreSQL concurrency")
struct PostgresConcurrencyTests {
    private let samples = Samples()

    @Test func countsTwoHundredParallelVotesExactly() async throws {
        try await TemporaryPostgres.withDatabase { database in
            let (player, voters) = (samples.user(), (0..<200).map { _ in samples.user() })
            let video = try samples.video(of: player.id)
            let publication = try samples.publication(of: video.id)
            try await database.withTransaction { transaction in
                for user in [player] + voters { try transaction.insertUser(user) }
                try transaction.insertVideo(video)
                _ = try transaction.publish(video.id, publication, at: Samples.start)
            }
            let counts = try await withThrowingTaskGroup(of: Int.self) { group in
                for voter in voters {
                    group.addTask {
                        try await database.withTransaction { transaction in
                            _ = try require(try transaction.video(video.id))
                            let ballot = Ballot(voter: voter.id, video: video.id, at: Samples.start)
                            return try require(try transaction.castVote(ballot, in: .always))
                        }
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            // Each voter saw a count of their own, so no vote was lost in between either.
            #expect(counts == Set(1...200))
            #expect(try await database.read { try $0.countVotes(for: video.id) } == 200)
            #expect(try await database.read { try $0.ranking(cityKey: nil, page: Page()).map(\.votes) } == [200])
        }
    }

    @Test func oneOfTwentyClaimsFromTwoProcessesWins() async throws {
        try await TemporaryPostgres.with { temporary in
            let databases = [try await temporary.open(), try await temporary.open()]
            #expect(try await claimsThatWin(of: 20, through: databases) == 1)
        }
    }

    /// What was looked for and not there is decided from just as well as what was there.
    @Test func runsAgainWhenARowArrivesAfterItWasLookedFor() async throws {
        try await TemporaryPostgres.withDatabase { database in
            let (owner, key) = (samples.user(), "the same key")
            let uploads = [
                try samples.upload(of: owner.id, idempotencyKey: key), try samples.upload(of: owner.id, idempotencyKey: key),
            ]
            try await database.withTransaction { try $0.insertUser(owner) }
            let (hasInserted, hasLooked) = (Meeting(), Meeting())
            let attempts = Shared(0)
            async let first: Void = database.withTransaction { transaction in
                try transaction.insertUpload(uploads[0])
                hasInserted.arrive()
                try hasLooked.waitHere()
            }
            try await hasInserted.wait()
            let found = try await database.withTransaction { transaction -> VideoID? in
                attempts.change { $0 += 1 }
                let earlier = try transaction.upload(ownedBy: owner.id, idempotencyKey: key)
                if let earlier { return earlier.id }
                hasLooked.arrive()
                try transaction.insertUpload(uploads[1])
                return nil
            }
            try await first
            #expect(found == uploads[0].id)
            #expect(attempts.value == 2)
        }
    }

    @Test func aDeadlockEndsWithBothDone() async throws {
        try await TemporaryPostgres.with { temporary in
            try await temporary.administer("ALTER DATABASE \(temporary.name) SET deadlock_timeout = '20ms'")
            let database = try await temporary.open()
            let users = [samples.user(), samples.user()]
            try await database.withTransaction { for user in users { try $0.insertUser(user) } }
            let meetings = [Meeting(), Meeting()]
            let attempts = Shared(0)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<2 {
                    group.addTask {
                        let hasRun = Shared(false)
                        try await database.withTransaction { transaction in
                            attempts.change { $0 += 1 }
                            var mine = try require(try transaction.user(users[index].id))
                            if hasRun.change({ ran in
                                defer { ran = true }; return !ran
                            }) {
                                meetings[index].arrive()
                                try meetings[1 - index].waitHere()
                            }
                            var other = try require(try transaction.user(users[1 - index].id))
                            mine.firstName += "x"
                            other.firstName += "x"
                            _ = try transaction.updateUser(mine)
                            _ = try transaction.updateUser(other)
                        }
                    }
                }
                try await group.waitForAll()
            }
            for user in users {
                #expect(try await database.read { try $0.user(user.id)?.firstName } == user.firstName + "xx")
            }
            // One of the two met the other once; under load they may meet again.
            #expect(attempts.value >= 3)
        }
    }

    @Test(arguments: ["40001", "40P01"])
    func runsAgainAfterACollision(_ state: String) async throws {
        try await TemporaryPostgres.with { temporary in
            try await temporary.collide(state: state, times: 3)
            let database = try await temporary.open()
            let job = samples.job()
            let attempts = Shared(0)
            try await database.run(.write) { scope in
                attempts.change { $0 += 1 }
                try scope.insertJob(job)
                _ = try scope.execute("SELECT collide()")
            }
            #expect(attempts.value == 4)
            #expect(try await database.read { try $0.countJobs(in: .ready) } == 1)
        }
    }

    @Test func givesUpAfterTooManyCollisions() async throws {
        try await TemporaryPostgres.with { temporary in
            try await temporary.collide(state: "40001", times: 1000)
            let database = try await temporary.open()
            let attempts = Shared(0)
            let error = try await expectError(.unavailable) {
                try await database.run(.write) { scope in
                    attempts.change { $0 += 1 }
                    // A body that hides the failure cannot make it a success.
                    _ = try? scope.execute("SELECT collide()")
                }
            }
            #expect(error.recovery == .retryNow)
            #expect(attempts.value == PostgresSession.attemptsMax)
        }
    }

    @Test func aStatementWaitsForARowOnlySoLong() async throws {
        var settings = PostgresSettings.patient
        settings.lockSecondsMax = 0.05
        try await TemporaryPostgres.withDatabase(settings) { database in
            let user = samples.user()
            try await database.withTransaction { try $0.insertUser(user) }
            let (isHeld, mayEnd) = (Meeting(), Meeting())
            async let holder: Void = database.withTransaction { transaction in
                _ = try transaction.user(user.id)
                isHeld.arrive()
                try mayEnd.waitHere()
            }
            try await isHeld.wait()
            let error = try await expectError(.unavailable) {
                try await database.withTransaction { try $0.updateUser(user) }
            }
            #expect(error.recovery == .retryNow)
            // A reader does not wait for writers.
            #expect(try await database.read { try $0.user(user.id) } == user)
            mayEnd.arrive()
            try await holder
            #expect(try await database.withTransaction { try $0.updateUser(user) })
        }
    }

    @Test func aStatementRunsOnlySoLong() async throws {
        var settings = PostgresSettings.patient
        settings.statementSecondsMax = 0.5
        try await TemporaryPostgres.withDatabase(settings) { database in
            let error = try await expectError(.unavailable) {
                try await database.run(.write) { _ = try $0.execute("SELECT pg_sleep(20)") }
            }
            #expect(error.operatorMessage.contains("took too long"))
            try await database.check()
        }
    }

    @Test func aBodyThatHidesAFailureDoesNotCommit() async throws {
        try await TemporaryPostgres.withDatabase { database in
            let (job, video) = (samples.job(), try samples.video(of: samples.ids.next()))
            try await expectError(.internal) {
                try await database.withTransaction { transaction in
                    try transaction.insertJob(job)
                    // Its owner does not exist.
                    try? transaction.insertVideo(video)
                }
            }
            #expect(try await database.read { try $0.job(job.id) } == nil)
        }
    }
}

extension TemporaryPostgres {
    /// Makes a function that fails so many times, across transactions: a sequence is not rolled back.
    fileprivate func collide(state: String, times: Int) async throws {
        try await administer("CREATE SEQUENCE collisions")
        try await administer(
            """
            CREATE FUNCTION collide() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
                IF nextval('collisions') <= \(times) THEN RAISE EXCEPTION 'met' USING ERRCODE = '\(state)'; END IF;
            END $$
            """)
    }
}
