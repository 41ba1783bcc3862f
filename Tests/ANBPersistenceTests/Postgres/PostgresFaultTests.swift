import ANBCore
import ANBTesting
import Foundation
import PostgresTestServer
import Testing

@testable import ANBPersistence

/// Connections that break and servers that restart. Nothing acknowledged is lost, nothing runs twice.
@Suite("PostgreSQL faults")
struct PostgresFaultTests {
    private let samples = Samples()

    @Test func aRestartLosesNoAcknowledgedWriteAndHealsByItself() async throws {
        let server = try await PostgresTestServer.start()
        let database = try await PostgresDatabase.open(url: server.url(), settings: PostgresSettings(connectionsMax: 4))
        try await database.migrate()
        let (acknowledged, isOver) = (Shared<[JobID]>([]), Shared(false))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    while !isOver.value {
                        let job = samples.job()
                        do {
                            try await database.withTransaction { try $0.insertJob(job) }
                            acknowledged.change { $0.append(job.id) }
                        } catch let error as ANBError where error.code == .unavailable {
                            try await Task.sleep(for: .milliseconds(20))
                        }
                    }
                }
            }
            for _ in 0..<2 {
                let before = acknowledged.value.count
                try await eventually { acknowledged.value.count > before + 50 }
                try await server.crash()
                try await expectError(.unavailable) { try await database.check() }
                try await server.startAgain()
                let restarted = ContinuousClock.now
                try await database.check()
                #expect(ContinuousClock.now - restarted < .seconds(5))
            }
            let before = acknowledged.value.count
            try await eventually { acknowledged.value.count > before + 50 }
            isOver.change { $0 = true }
            try await group.waitForAll()
        }
        for id in acknowledged.value {
            #expect(try await database.read { try $0.job(id) } != nil, "\(id) was acknowledged and is gone")
        }
        await database.close()
        try await server.crash()
    }

    @Test func aConnectionThatBrokeWhileIdleIsReplaced() async throws {
        try await TemporaryPostgres.with { temporary in
            let database = try await temporary.open()
            try await temporary.disconnectEveryone()
            try await database.check()
            try await temporary.disconnectEveryone()
            try await database.read { _ = try $0.countJobs(in: .ready) }
        }
    }

    @Test func aConnectionThatBreaksBeforeTheCommitIsReplacedOnce() async throws {
        try await TemporaryPostgres.withDatabase { database in
            let attempts = Shared(0)
            let job = samples.job()
            try await database.run(.write) { scope in
                try scope.insertJob(job)
                if attempts.change({
                    $0 += 1; return $0
                }) == 1 {
                    _ = try scope.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(attempts.value == 2)
            #expect(try await database.read { try $0.countJobs(in: .ready) } == 1)

            let endless = Shared(0)
            try await expectError(.unavailable) {
                try await database.run(.write) { scope in
                    endless.change { $0 += 1 }
                    _ = try scope.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(endless.value == 2)
        }
    }

    /// It may have happened: only the caller can find out.
    @Test func aLostAnswerToACommitIsNeverTriedAgain() async throws {
        try await TemporaryPostgres.with { temporary in
            try await temporary.administer(
                """
                CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$
                """)
            try await temporary.administer(
                """
                CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON jobs DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION cut()
                """)
            let database = try await temporary.open()
            let attempts = Shared(0)
            let job = samples.job()
            let error = try await expectError(.unavailable) {
                try await database.withTransaction { transaction in
                    attempts.change { $0 += 1 }
                    try transaction.insertJob(job)
                }
            }
            #expect(error.operatorMessage.contains("the answer to COMMIT was lost"))
            #expect(attempts.value == 1)
            try await database.check()
        }
    }

    @Test func aServerThatSaysNothingIsGivenUp() async throws {
        var settings = PostgresSettings(connectionsMax: 1)
        (settings.statementSecondsMax, settings.answerGraceSeconds) = (0.1, 0.1)
        let server = try await PostgresTestServer.start()
        let database = try await PostgresDatabase.open(url: server.url(), settings: settings)
        try await database.migrate()
        let backend = try await database.run(.read) { pid_t(try $0.count("SELECT pg_backend_pid()")) }
        #expect(kill(backend, SIGSTOP) == 0)
        let error = try await expectError(.unavailable) { try await database.read { try $0.countJobs(in: .ready) } }
        #expect(error.operatorMessage.contains("no answer came in time"))
        #expect(try await database.read { try $0.countJobs(in: .ready) } == 0)
        #expect(kill(backend, SIGCONT) == 0)
        await database.close()
        try await server.crash()
    }

    @Test func aReadOnlyDatabaseIsReadAndNotReady() async throws {
        try await TemporaryPostgres.with { temporary in
            try await temporary.administer("ALTER DATABASE \(temporary.name) SET default_transaction_read_only = on")
            let database = try await temporary.open()
            let job = samples.job()
            let error = try await expectError(.unavailable) { try await database.withTransaction { try $0.insertJob(job) } }
            #expect(error.operatorMessage.contains("read-only"))
            #expect(error.recovery == .retryLater(after: .seconds(30)))
            #expect(try await database.read { try $0.countJobs(in: .ready) } == 0)
            let unready = try await expectError(.unavailable) { try await database.check() }
            #expect(unready.operatorMessage == error.operatorMessage)
            // After a failover the old connection leads to the old server.
            let repair = "ALTER DATABASE \(temporary.name) SET default_transaction_read_only = off"
            try await TemporaryPostgres.administer(temporary.server, database: "postgres", repair)
            try await database.check()
            try await database.withTransaction { try $0.insertJob(job) }
        }
    }

    /// Every connection was opened to what is now a standby; none of the writes after the failover may notice.
    @Test func afterAFailoverNoOldConnectionFailsAWrite() async throws {
        try await TemporaryPostgres.with { temporary in
            try await temporary.administer("ALTER DATABASE \(temporary.name) SET default_transaction_read_only = on")
            let database = try await temporary.open()
            try await threeAtOnce { _ in
                try await database.run(.read) { _ = try $0.count("SELECT COUNT(*) FROM (SELECT pg_sleep(0.5)) AS pause") }
            }
            let repair = "ALTER DATABASE \(temporary.name) SET default_transaction_read_only = off"
            try await TemporaryPostgres.administer(temporary.server, database: "postgres", repair)
            let jobs = (0..<3).map { _ in samples.job() }
            try await threeAtOnce { index in
                try await database.run(.write) {
                    try $0.insertJob(jobs[index])
                    _ = try $0.count("SELECT COUNT(*) FROM (SELECT pg_sleep(0.5)) AS pause")
                }
            }
            #expect(try await database.read { try $0.countJobs(in: .ready) } == 3)
        }
    }

    private func threeAtOnce(_ body: @escaping @Sendable (Int) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<3 { group.addTask { try await body(index) } }
            try await group.waitForAll()
        }
    }

    @Test(arguments: [("53100", "the disk is full"), ("53300", "no free connection"), ("42501", "lacks a right")])
    func whatTheOperatorCanDoIsSaid(_ state: String, _ words: String) async throws {
        try await TemporaryPostgres.withDatabase { database in
            let error = try await expectError(.unavailable) {
                try await database.run(.write) { scope in
                    _ = try scope.execute("DO $$ BEGIN RAISE EXCEPTION 'so' USING ERRCODE = '\(state)'; END $$")
                }
            }
            #expect(error.operatorMessage.contains(words))
            #expect(error.recovery != .never)
            try await database.check()
        }
    }

    @Test func aZeroByteInATextCutsNothingOff() async throws {
        try await TemporaryPostgres.withDatabase { database in
            var job = samples.job()
            job.reason = "before\0after"
            let inserted = job
            try await database.withTransaction { try $0.insertJob(inserted) }
            #expect(try await database.read { try $0.job(inserted.id)?.reason } == "before\u{FFFD}after")
        }
    }
}

extension TemporaryPostgres {
    /// Ends every other connection to this database, as a restart of a proxy would.
    fileprivate func disconnectEveryone() async throws {
        try await administer(
            """
            SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
    }
}
