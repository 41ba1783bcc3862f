import ANBCore
import ANBTesting
import PostgresTestServer
import Testing

@testable import ANBPersistence

/// What an operator sees when a setting is wrong, and the schema's steps.
@Suite("PostgreSQL opening")
struct PostgresOpeningTests {
    private let first = Migration(version: 1, name: "one", statements: ["CREATE TABLE one (id BIGINT)"])
    private let second = Migration(version: 2, name: "two", statements: ["CREATE TABLE two (id BIGINT)"])

    @Test(arguments: [
        "mysql://anb:secret@127.0.0.1/anb", "postgres", "postgres://anb:sec/ret@:x@127.0.0.1:nonsense/anb",
        "postgres://anb:secret@127.0.0.1/anb?nonsense=1", "postgresqlx://anb:secret@127.0.0.1/anb",
    ])
    func refusesAURLThatIsNone(_ url: String) async throws {
        let error = try await expectError(.misconfigured) { try await PostgresDatabase.open(url: url) }
        #expect(error.operatorMessage.hasPrefix("DATABASE_URL"))
        #expect(!error.operatorMessage.contains("sec"))
    }

    /// One line that says what is wrong, and no password in it.
    @Test(arguments: [
        ("password", "password authentication failed"), ("host", "could not translate host name"),
        ("database", "does not exist"),
    ])
    func refusesAWrongSetting(_ what: String, _ words: String) async throws {
        let server = try await PostgresTestServer.shared
        let url =
            switch what {
            case "password": server.url(password: "wrong-secret")
            case "host": "postgres://anb:wrong-secret@no-such-host.invalid/anb"
            default: server.url(database: "nowhere")
            }
        let error = try await expectError(.misconfigured) { try await PostgresDatabase.open(url: url) }
        #expect(error.operatorMessage.contains(words))
        #expect(error.operatorMessage.hasPrefix("DATABASE_URL: PostgreSQL at "))
        #expect(!error.operatorMessage.contains("\n") && !error.operatorMessage.contains("wrong-secret"))
    }

    /// A server that is not up yet is no wrong setting.
    @Test func aServerThatIsAwayMayComeBack() async throws {
        let error = try await expectError(.unavailable) {
            try await PostgresDatabase.open(url: "postgres://anb:secret@127.0.0.1:1/anb")
        }
        #expect(error.operatorMessage.contains("Connection refused"))
        #expect(error.recovery != .never)
    }

    @Test func refusesADatabaseThatIsNotUnicode() async throws {
        let server = try await PostgresTestServer.shared
        let make = "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        try await TemporaryPostgres.administer(server, database: "postgres", make)
        let error = try await expectError(.misconfigured) {
            try await PostgresDatabase.open(url: server.url(database: "latin"))
        }
        #expect(error.operatorMessage.contains("LATIN1"))
    }

    @Test(arguments: ["postgres", "postgresql", "postgresql+psycopg2"])
    func understandsTheSchemesInUse(_ scheme: String) async throws {
        let server = try await PostgresTestServer.shared
        let rest = server.url().dropFirst("postgres".count)
        let database = try await PostgresDatabase.open(url: scheme + rest)
        await database.close()
    }

    @Test func speaksTLSAsTheURLSays() async throws {
        try await TemporaryPostgres.with { temporary in
            let trusted = "sslmode=verify-full&sslrootcert=\(temporary.server.certificatePath)"
            for (options, isEncrypted) in [("sslmode=require", 1), (trusted, 1), ("sslmode=disable", 0)] {
                let database = try await PostgresDatabase.open(url: temporary.url(options: options))
                let found = try await database.run(.read) {
                    try $0.count("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
                }
                #expect(found == isEncrypted, "\(options)")
            }
            let stranger = try await PostgresTestServer.start()
            let wrong = "sslmode=verify-full&sslrootcert=\(stranger.certificatePath)"
            let error = try await expectError(.misconfigured) {
                try await PostgresDatabase.open(url: temporary.url(options: wrong))
            }
            #expect(error.operatorMessage.contains("certificate"))
            try await stranger.crash()
        }
    }

    // MARK: - Schema

    @Test func fourProcessesMayMigrateAtOnce() async throws {
        try await TemporaryPostgres.with(isMigrated: false) { temporary in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        let database = try await temporary.open()
                        try await database.migrate()
                        try await database.checkSchema()
                        await database.close()
                    }
                }
                try await group.waitForAll()
            }
            let database = try await temporary.open()
            #expect(try await versions(database) == Migration.all.map(\.version))
        }
    }

    @Test func refusesASchemaNewerThanTheProgram() async throws {
        try await TemporaryPostgres.with(isMigrated: false) { temporary in
            let database = try await temporary.open()
            try await database.migrate(with: Migrator(migrations: [first, second]))
            let error = try await expectError(.misconfigured) {
                try await database.migrate(with: Migrator(migrations: [first]))
            }
            let words = "the database has schema version 2, this program knows versions up to 1; start a newer program"
            #expect(error.operatorMessage == words)
        }
    }

    @Test func refusesAStepThatWasEdited() async throws {
        try await TemporaryPostgres.with(isMigrated: false) { temporary in
            let database = try await temporary.open()
            try await database.migrate(with: Migrator(migrations: [first]))
            var edited = first
            edited.statements = ["CREATE TABLE one (id TEXT)"]
            let changed = [edited, second]
            try await expectError(.misconfigured) { try await database.migrate(with: Migrator(migrations: changed)) }
            #expect(try await versions(database) == [1])
        }
    }

    @Test func aFailingStepLeavesNothingBehind() async throws {
        try await TemporaryPostgres.with(isMigrated: false) { temporary in
            let database = try await temporary.open()
            let broken = Migration(version: 2, name: "two", statements: second.statements + ["CREATE NONSENSE"])
            await #expect(throws: ANBError.self) {
                try await database.migrate(with: Migrator(migrations: [first, broken]))
            }
            try await database.migrate(with: Migrator(migrations: [first, second]))
            #expect(try await versions(database) == [1, 2])
        }
    }

    @Test func isNotReadyBeforeItsSchema() async throws {
        try await TemporaryPostgres.with(isMigrated: false) { temporary in
            let database = try await temporary.open()
            let error = try await expectError(.unavailable) { try await database.check() }
            #expect(error.operatorMessage.contains("run anb-api migrate"))
            let refusal = try await expectError(.misconfigured) { try await database.checkSchema() }
            #expect(refusal.operatorMessage == "the database has no schema; run anb-api migrate")
            try await database.migrate()
            try await database.checkSchema()
            try await database.check()
        }
    }

    private func versions(_ database: PostgresDatabase) async throws -> [Int] {
        try await database.run(.read) {
            try $0.all("SELECT version FROM schema_migrations ORDER BY version") { try $0.int() }
        }
    }
}
