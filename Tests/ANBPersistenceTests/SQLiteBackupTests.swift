import ANBCore
import ANBTesting
import Foundation
import Testing

@testable import ANBPersistence

@Suite("SQLite backup")
struct SQLiteBackupTests {
    private let samples = Samples()

    /// Whoever votes meanwhile is in the copy with vote, ledger and both counts, or not at all.
    @Test func aBackupUnderLoadIsOfOneMoment() async throws {
        try await TemporarySQLite.withPath { path in
            let database = try await SQLiteDatabase.open(path: path)
            try await database.migrate()
            let (player, voters) = (samples.user(), (0..<400).map { _ in samples.user() })
            let video = try samples.video(of: player.id)
            let publication = try samples.publication(of: video.id)
            try await database.withTransaction { transaction in
                for user in [player] + voters { try transaction.insertUser(user) }
                try transaction.insertVideo(video)
                _ = try transaction.publish(video.id, publication, at: Samples.start)
            }
            var counts: [Int] = []
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for voter in voters {
                        try await database.withTransaction { _ = try $0.castVote(by: voter.id, for: video.id, at: Samples.start) }
                    }
                }
                for number in 0..<5 {
                    let file = "\(path).backup-\(number)"
                    try await database.backUp(to: file)
                    let restored = "\(path)-restored/\(number)/anb.sqlite"
                    try await SQLiteDatabase.restore(file, to: restored)
                    let copy = try await SQLiteDatabase.open(path: restored)
                    try await copy.checkSchema()
                    #expect(try await copy.read { try $0.tallyDifferences() }.isEmpty)
                    counts.append(try await copy.read { try $0.countVotes(for: video.id) })
                    try await copy.close()
                    #expect(!FileManager.default.fileExists(atPath: "\(file)-wal"))
                    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
                    #expect(mode == 0o600)
                }
                try await group.waitForAll()
            }
            #expect(counts == counts.sorted())
            #expect(try await database.read { try $0.countVotes(for: video.id) } == 400)
            try await database.close()
        }
    }

    @Test func nothingIsReplaced() async throws {
        try await TemporarySQLite.withPath { path in
            let database = try await SQLiteDatabase.open(path: path)
            try await database.migrate()
            try await database.backUp(to: "\(path).backup")
            try await expectError(.preconditionFailed) { try await database.backUp(to: "\(path).backup") }
            try await expectError(.preconditionFailed) { try await SQLiteDatabase.restore("\(path).backup", to: path) }
            try await database.close()
            try FileManager.default.removeItem(atPath: path)
            try Data().write(to: URL(fileURLWithPath: "\(path)-wal"))
            try await expectError(.preconditionFailed) { try await SQLiteDatabase.restore("\(path).backup", to: path) }
        }
    }

    @Test func whatIsNoWholeBackupIsRefused() async throws {
        try await TemporarySQLite.withPath { path in
            let database = try await SQLiteDatabase.open(path: path)
            try await database.migrate()
            try await database.withTransaction { transaction in for _ in 0..<200 { try transaction.insertUser(samples.user()) } }
            let good = "\(path).backup"
            try await database.backUp(to: good)
            try await database.close()
            let target = "\(path)-elsewhere/anb.sqlite"
            try await expectError(.notFound) { try await SQLiteDatabase.restore("\(path).none", to: target) }
            let bytes = try Data(contentsOf: URL(fileURLWithPath: good))
            var holed = bytes
            for index in stride(from: 4096, to: holed.count, by: 1) { holed[index] = 0xA5 }
            for bad in [Data("no database, but a text that is long enough".utf8), bytes.prefix(bytes.count / 2), holed, Data()] {
                let file = "\(path).bad-\(UUID().uuidString)"
                try bad.write(to: URL(fileURLWithPath: file))
                try await expectError(.corrupted) { try await SQLiteDatabase.restore(file, to: target) }
                #expect(!FileManager.default.fileExists(atPath: target))
            }
        }
    }

    @Test func aFolderThatCannotBeWrittenIsNamed() async throws {
        try await TemporarySQLite.withDatabase { database in
            let error = try await expectError(.misconfigured) { try await database.backUp(to: "/proc/none/backup") }
            #expect(error.operatorMessage.contains("/proc/none/backup"))
        }
    }
}
