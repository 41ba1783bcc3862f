import ANBCore
import ANBTesting
import Testing

@testable import ANBPersistence

/// Waiting for a connection, and its end.
@Suite("PostgreSQL pool")
struct PostgresPoolTests {
    @Test func aTransactionWaitsForAConnectionOnlySoLong() async throws {
        var settings = PostgresSettings.patient(connectionsMax: 1)
        settings.waitSecondsMax = 0.5
        try await occupied(settings) { database in
            let error = try await expectError(.overloaded) { try await database.check() }
            #expect(error.recovery == .retryLater(after: .seconds(1)))
            #expect(error.operatorMessage.contains("no connection of 1 was free for 0.5 s"))
        }
    }

    @Test func oneTooManyIsRefusedAtOnce() async throws {
        var settings = PostgresSettings.patient(connectionsMax: 1)
        settings.waitingCountMax = 1
        try await occupied(settings, withOneWaiting: true) { database in
            let error = try await expectError(.overloaded) { try await database.check() }
            #expect(error.operatorMessage.contains("already wait"))
        }
    }

    @Test func closingWaitsForWhatRunsAndRefusesTheRest() async throws {
        try await TemporaryPostgres.with { temporary in
            let database = try await temporary.open(.patient(connectionsMax: 1))
            let job = Samples().job()
            let (isRunning, mayEnd) = (Meeting(), Meeting())
            async let running: Void = database.withTransaction { transaction in
                isRunning.arrive()
                try mayEnd.waitHere()
                try transaction.insertJob(job)
            }
            try await isRunning.wait()
            async let closing: Void = database.close()
            mayEnd.arrive()
            try await running
            await closing
            try await expectError(.unavailable) { try await database.check() }
            let again = try await temporary.open()
            #expect(try await again.read { try $0.job(job.id) } == job)
            await again.close()
            await again.close()
        }
    }

    @Test func opensNoMoreConnectionsThanItMay() async throws {
        try await TemporaryPostgres.withDatabase(.patient(connectionsMax: 3)) { database in
            let most = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<60 {
                    group.addTask { try await database.connectionCount() }
                }
                return try await group.reduce(0, max)
            }
            #expect((1...3).contains(most))
        }
    }

    @Test func connectionsWithoutWorkEnd() async throws {
        var settings = PostgresSettings.patient
        settings.idleSecondsMax = 0.05
        try await TemporaryPostgres.with { temporary in
            let (idle, watching) = (try await temporary.open(settings), try await temporary.open())
            try await idle.check()
            try await eventually { try await watching.connectionCount() == 1 }
            // And come back when there is some.
            try await idle.check()
        }
    }

    /// A database that nobody closed must not keep its threads.
    @Test func connectionsEndWithTheirDatabase() async throws {
        try await TemporaryPostgres.with { temporary in
            let watching = try await temporary.open()
            _ = try await temporary.open()
            try await eventually { try await watching.connectionCount() == 1 }
        }
    }

    /// Runs the body while the only connection is in use.
    private func occupied(
        _ settings: PostgresSettings, withOneWaiting: Bool = false, _ body: (PostgresDatabase) async throws -> Void
    ) async throws {
        try await TemporaryPostgres.with { temporary in
            let database = try await temporary.open(settings)
            let (isTaken, mayEnd) = (Meeting(), Meeting())
            async let occupant: Void = database.read { _ in
                isTaken.arrive()
                try mayEnd.waitHere()
            }
            try await isTaken.wait()
            async let second: Void = withOneWaiting ? database.check() : ()
            if withOneWaiting { try await eventually { database.waitingCount == 1 } }
            do {
                try await body(database)
            } catch {
                mayEnd.arrive()
                throw error
            }
            mayEnd.arrive()
            try await occupant
            try await second
        }
    }
}

extension PostgresDatabase {
    /// The server's own count for this database.
    func connectionCount() async throws -> Int {
        try await run(.read) {
            try $0.count(
                "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'anb'")
        }
    }
}

/// Asks again until it is so; for what only the server can tell.
func eventually(_ condition: () async throws -> Bool) async throws {
    let limit = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < limit {
        if try await condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    throw ConformanceFailure("it did not become so within 30 s")
}
