import ANBCore
import ANBTesting
import Testing

@testable import ANBPersistence

@Suite("Migrator")
struct MigratorTests {
    private let first = Migration(version: 1, name: "one", statements: ["CREATE TABLE one (id BIGINT)"])
    private let second = Migration(version: 2, name: "two", statements: ["CREATE TABLE two (id BIGINT)"])

    @Test func appliesOnlyWhatIsMissing() async throws {
        try await withDatabase { database in
            try await database.migrate(with: Migrator(migrations: [first]))
            try await database.migrate(with: Migrator(migrations: [first, second]))
            try await database.migrate(with: Migrator(migrations: [first, second]))
            #expect(try await names(database) == ["one", "two"])
            #expect(try await tables(database) == 2)
        }
    }

    @Test func refusesASchemaNewerThanTheProgram() async throws {
        try await withDatabase { database in
            try await database.migrate(with: Migrator(migrations: [first, second]))
            let error = try await expectError(.misconfigured) {
                try await database.migrate(with: Migrator(migrations: [first]))
            }
            let words = "the database has schema version 2, this program knows versions up to 1; start a newer program"
            #expect(error.operatorMessage == words)
            #expect(error.recovery == .never)
        }
    }

    @Test func refusesAStepThatWasEdited() async throws {
        try await withDatabase { database in
            try await database.migrate(with: Migrator(migrations: [first]))
            var edited = first
            edited.statements = ["CREATE TABLE one (id TEXT)"]
            let changed = [edited, second]
            let error = try await expectError(.misconfigured) {
                try await database.migrate(with: Migrator(migrations: changed))
            }
            #expect(error.operatorMessage.contains(first.checksum))
            #expect(error.operatorMessage.contains(edited.checksum))
            #expect(try await names(database) == ["one"])
        }
    }

    @Test func aFailingStepLeavesNothingBehind() async throws {
        try await withDatabase { database in
            let broken = Migration(version: 2, name: "two", statements: second.statements + ["CREATE NONSENSE"])
            await #expect(throws: ANBError.self) {
                try await database.migrate(with: Migrator(migrations: [first, broken]))
            }
            #expect(try await tables(database) == 0)
            try await database.migrate(with: Migrator(migrations: [first, second]))
            #expect(try await names(database) == ["one", "two"])
        }
    }

    @Test func datesEachStep() async throws {
        try await TemporarySQLite.withPath { path in
            let clock = ManualClock()
            let database = try await SQLiteDatabase.open(path: path, clock: clock)
            try await database.migrate()
            let dates = try await database.inSnapshot { try $0.all("SELECT applied_at FROM schema_migrations") { try $0.time() } }
            #expect(dates == Migration.all.map { _ in clock.now })
        }
    }

    @Test func theReleasedStepsAreNumberedWithoutGaps() {
        #expect(Migration.all.map(\.version) == Array(1...Migration.all.count))
    }

    private func withDatabase(_ body: (SQLiteDatabase) async throws -> Void) async throws {
        try await TemporarySQLite.withPath { try await body(SQLiteDatabase.open(path: $0)) }
    }

    private func names(_ database: SQLiteDatabase) async throws -> [String] {
        try await database.inSnapshot {
            try $0.all("SELECT name FROM schema_migrations ORDER BY version") { try $0.text() }
        }
    }

    private func tables(_ database: SQLiteDatabase) async throws -> Int {
        try await database.inSnapshot {
            try $0.count("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name IN ('one', 'two')")
        }
    }
}
