import ANBCore
import ANBPersistence
import Foundation

/// Which database is used, and how.
public struct DatabaseSetting: Sendable {
    enum Location: Sendable {
        case sqlite(path: String)
        case postgres(url: String)
    }

    let location: Location
    let connectionsMax: Int
    let migratesAtStart: Bool

    /// - Parameter folder: For the SQLite file, when nothing else is said.
    /// - Throws: ``ANBError/Code/misconfigured`` naming the setting.
    init(_ sources: SettingSources, folder: String) throws {
        location = try Self.location(sources, folder: folder)
        connectionsMax = try sources.required(.databasePoolSize, in: 1...1000)
        migratesAtStart = try sources.choice(.migrateAtStart, of: ["true", "false"]) == "true"
    }

    /// SQLAlchemy's forms: three slashes before a relative path, four before an absolute one.
    private static func location(_ sources: SettingSources, folder: String) throws -> Location {
        guard let url = try sources.text(.databaseURL) else { return .sqlite(path: "\(folder)/anb.sqlite") }
        if url.hasPrefix("postgres") { return .postgres(url: url) }
        let prefix = "sqlite:///"
        guard url.hasPrefix(prefix), url.count > prefix.count else {
            throw SettingSources.wrong(
                .databaseURL, url, "must look like sqlite:///path or postgres://user:password@host/database")
        }
        return .sqlite(path: Settings.absolute(String(url.dropFirst(prefix.count))))
    }

    /// Opens the database without touching its schema.
    func open() async throws -> any OpenDatabase {
        switch location {
        case .sqlite(let path): try await SQLiteDatabase.open(path: path)
        case .postgres(let url):
            try await PostgresDatabase.open(url: url, settings: PostgresSettings(connectionsMax: connectionsMax))
        }
    }

    /// Opens the database for work: its schema is brought up to date, or has to be.
    /// - Throws: ``ANBError/Code/misconfigured`` when the schema is newer than the program, or old and not to be changed.
    func start() async throws -> any OpenDatabase {
        let database = try await open()
        do {
            if migratesAtStart { try await database.migrate() } else { try await database.checkSchema() }
        } catch {
            try? await database.close()
            throw error
        }
        return database
    }
}
