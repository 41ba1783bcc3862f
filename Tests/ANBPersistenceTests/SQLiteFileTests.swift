import ANBCore
import ANBTesting
import Dispatch
import Foundation
import GRDB
import Testing

@testable import ANBPersistence

/// What is true of a database in a file and of no other.
@Suite("SQLite file")
struct SQLiteFileTests {
    private let samples = Samples()

    /// The one file holds all: who copies it from a stopped server gets the contest.
    @Test func survivesClosingAndReopeningElsewhere() async throws {
        try await TemporarySQLite.withPath { path in
            let user = samples.user()
            let first = try await SQLiteDatabase.open(path: path)
            try await first.migrate()
            try await first.withTransaction { try $0.insertUser(user) }
            // A pool that has read has a reader, which could not empty the log.
            #expect(try await first.read { try $0.user(user.id) } == user)
            try await first.close()
            #expect(!FileManager.default.fileExists(atPath: path + "-wal"))

            let copy = path + ".copy"
            try FileManager.default.copyItem(atPath: path, toPath: copy)
            let second = try await SQLiteDatabase.open(path: copy)
            try await second.migrate()
            #expect(try await second.read { try $0.user(user.id) } == user)
        }
    }

    @Test func isSharedByTwoConnections() async throws {
        try await TemporarySQLite.withPath { path in
            let (first, second) = (try await SQLiteDatabase.open(path: path), try await SQLiteDatabase.open(path: path))
            try await first.migrate()
            try await second.migrate()
            #expect(try await claimsThatWin(of: 20, through: [first, second]) == 1)
        }
    }

    /// A long list must not hold up votes, nor change while it is read.
    @Test func aReadKeepsItsSnapshotWhileAWriteCommits() async throws {
        try await TemporarySQLite.withDatabase { database in
            let (reading, isReading) = AsyncStream.makeStream(of: Void.self)
            let mayGoOn = DispatchSemaphore(value: 0)
            async let counts = database.read { scope in
                let before = try scope.countJobs(in: .ready)
                isReading.yield()
                // On SQLite's own thread, until the write below has committed.
                #expect(mayGoOn.wait(timeout: .now() + 30) == .success)
                return [before, try scope.countJobs(in: .ready)]
            }
            for await _ in reading { break }
            let job = samples.job()
            try await database.withTransaction { try $0.insertJob(job) }
            mayGoOn.signal()
            #expect(try await counts == [0, 0])
            #expect(try await database.read { try $0.countJobs(in: .ready) } == 1)
        }
    }

    /// 202 means durable: in WAL mode only FULL syncs the log at every commit.
    @Test func syncsTheLogAtEveryCommit() async throws {
        try await TemporarySQLite.withDatabase { database in
            let pragmas = try await database.inTransaction { scope in
                try ["synchronous", "foreign_keys"].map { try scope.count("PRAGMA \($0)") }
            }
            #expect(pragmas == [2, 1])
            let mode = try await database.inTransaction { scope in
                try scope.first("PRAGMA journal_mode") { try $0.text() }
            }
            #expect(mode == "wal")
        }
    }

    @Test func refusesAPathThatCannotBe() async throws {
        let error = try await expectError(.misconfigured) {
            try await SQLiteDatabase.open(path: "/dev/null/anb/anb.db")
        }
        #expect(error.operatorMessage.hasPrefix("cannot open the SQLite database /dev/null/anb/anb.db: "))
        #expect(!error.operatorMessage.contains("\n"))
        #expect(!error.userMessage.contains("/dev/null"))
    }

    @Test func makesAFolderForItsOwnerOnly() async throws {
        try await TemporarySQLite.withPath { path in
            _ = try await SQLiteDatabase.open(path: path)
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
            let mode = try FileManager.default.attributesOfItem(atPath: folder)[.posixPermissions] as? Int
            #expect(mode == 0o700)
        }
    }

    /// In a folder that somebody else made, too.
    @Test func makesFilesForTheirOwnerOnly() async throws {
        try await TemporarySQLite.withPath { path in
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            let database = try await SQLiteDatabase.open(path: path)
            try await database.migrate()
            for file in [path, path + "-wal", path + "-shm"] {
                let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                #expect(mode == 0o600, "\(file)")
            }
            try await database.close()
        }
    }

    @Test func refusesAFileThatIsNoDatabase() async throws {
        try await TemporarySQLite.withPath { path in
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: path))
            try await expectError(.misconfigured) { try await SQLiteDatabase.open(path: path) }
        }
    }

    @Test func isUnavailableAfterClosing() async throws {
        try await TemporarySQLite.withPath { path in
            let database = try await SQLiteDatabase.open(path: path)
            try await database.migrate()
            try await database.close()
            let user = samples.user()
            try await expectError(.unavailable) { try await database.check() }
            try await expectError(.unavailable) { try await database.withTransaction { try $0.insertUser(user) } }
        }
    }

    @Test func isNotReadyBeforeItsSchema() async throws {
        try await TemporarySQLite.withPath { path in
            let database = try await SQLiteDatabase.open(path: path)
            await #expect(throws: ANBError.self) { try await database.check() }
        }
    }

    // MARK: - Failures of SQLite itself

    @Test func asksForARetryWhenAnotherProcessHoldsTheLock() async throws {
        try await TemporarySQLite.withPath { path in
            let database = try await SQLiteDatabase.open(path: path, clock: ManualClock(), busySecondsMax: 0.05)
            try await database.migrate()
            var configuration = Configuration()
            configuration.allowsUnsafeTransactions = true
            let other = try DatabaseQueue(path: path, configuration: configuration)
            let user = samples.user()
            try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
            let error = try await expectError(.unavailable) {
                try await database.withTransaction { try $0.insertUser(user) }
            }
            try await other.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
            #expect(error.recovery == .retryNow)
            try await database.withTransaction { try $0.insertUser(user) }
        }
    }

    @Test func saysThatTheDiskIsFull() async throws {
        try await TemporarySQLite.withDatabase { database in
            try await database.inTransaction { scope in
                let pages = try scope.count("PRAGMA page_count")
                _ = try scope.first("PRAGMA max_page_count = \(pages)") { try $0.int() }
            }
            let error = try await expectError(.unavailable) {
                try await database.withTransaction { transaction in
                    for _ in 0..<1000 { try transaction.insertJob(samples.job()) }
                }
            }
            #expect(error.operatorMessage.contains("disk is full"))
            #expect(try await database.read { try $0.countJobs(in: .ready) } == 0)
        }
    }

    @Test func saysThatTheFileCannotBeWritten() async throws {
        try await TemporarySQLite.withDatabase { database in
            try await database.inTransaction { _ = try $0.execute("PRAGMA query_only = 1") }
            let user = samples.user()
            let error = try await expectError(.unavailable) {
                try await database.withTransaction { try $0.insertUser(user) }
            }
            #expect(error.operatorMessage.contains("cannot be written"))
            #expect(error.recovery != .never)
        }
    }
}
