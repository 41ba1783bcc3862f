package import ANBCore
import ANBPersistence
import Foundation
import Logging

/// Copies of the SQLite database. PostgreSQL has tools of its own for that.
package enum DatabaseBackup {
    /// Copies the database, as of one moment, into a new file, while servers go on.
    package static func make(_ settings: Settings, at file: String) async throws {
        let path = try sqlitePath(settings, instead: "use pg_dump")
        guard FileManager.default.fileExists(atPath: path) else {
            throw ANBError(.misconfigured, "\(settings.database.name): there is no database \(path).")
        }
        try await withOpened(path) { try await $0.backUp(to: Settings.absolute(file)) }
    }

    /// Puts a backup where the settings say that the database is. There must be none.
    package static func restore(_ settings: Settings, from file: String) async throws {
        let path = try sqlitePath(settings, instead: "use pg_restore")
        try await SQLiteDatabase.restore(Settings.absolute(file), to: path)
    }

    /// Restores elsewhere and looks whether all is there.
    /// - Parameters:
    ///   - file: A backup; `nil` makes one now.
    ///   - restored: The URL of a PostgreSQL database that a dump was restored to; then there is no file.
    package static func drill(_ settings: Settings, file: String?, restored: String?) async throws -> RestoreDrill.Report {
        let logger = Logger(label: "anb-api")
        let aws = try await AWSConnections.prepare(settings.aws, logger: logger)
        do {
            let signer = try ServerSecret.load(settings).mediaSigner()
            let objects = try await Assembly.openObjects(settings, signer, aws)
            let report = try await withRestored(settings, file: file, restored: restored) { database in
                let trail = AuditTrail(database: database, logger: logger)
                return try await RestoreDrill(database: database, objects: objects, trail: trail).run()
            }
            try await aws?.close()
            return report
        } catch {
            try? await aws?.close()
            throw error
        }
    }

    private static func withRestored(
        _ settings: Settings, file: String?, restored: String?, _ body: (any Database) async throws -> RestoreDrill.Report
    ) async throws -> RestoreDrill.Report {
        if let restored {
            let database = try await blaming(["--restored"]) { try await PostgresDatabase.open(url: restored) }
            return try await closing(database) {
                try await blaming(["--restored"]) { try await database.checkSchema() }
                return try await body(database)
            }
        }
        _ = try sqlitePath(settings, instead: "restore a dump into another database and name it with --restored")
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-drill-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(at: folder) }
        let backup = folder.appendingPathComponent("backup").path
        if file == nil { try await make(settings, at: backup) }
        let path = folder.appendingPathComponent("anb.sqlite").path
        try await SQLiteDatabase.restore(file.map(Settings.absolute) ?? backup, to: path)
        return try await withOpened(path) { database in
            // A backup of an older program is brought up to date, as a start would.
            try await database.migrate()
            return try await body(database)
        }
    }

    private static func withOpened<Value>(_ path: String, _ body: (SQLiteDatabase) async throws -> Value) async throws -> Value {
        let database = try await SQLiteDatabase.open(path: path)
        return try await closing(database) { try await body(database) }
    }

    private static func closing<Value>(_ database: any OpenDatabase, _ body: () async throws -> Value) async throws -> Value {
        do {
            let value = try await body()
            try await database.close()
            return value
        } catch {
            try? await database.close()
            throw error
        }
    }

    private static func sqlitePath(_ settings: Settings, instead advice: String) throws -> String {
        guard case .sqlite(let path) = settings.database.location else {
            throw ANBError(
                .misconfigured, "The database is a PostgreSQL server.",
                operatorMessage: "DATABASE_URL names a PostgreSQL server: \(advice), as in Docs/Operations.md")
        }
        return path
    }
}
