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
    /// The setting that decides where it is.
    let name: String
    let connectionsMax: Int
    let migratesAtStart: Bool
    /// What this process shares with others while nothing says which database they share.
    private let sharedWithoutDatabase: [String]

    /// - Parameter folder: For the SQLite file, when nothing else is said.
    /// - Throws: ``ANBError/Code/misconfigured`` naming the setting.
    init(_ sources: SettingSources, folder: String) throws {
        location = try Self.location(sources, folder: folder)
        name = try sources.text(.databaseURL) == nil ? Setting.dataDirectory.name : Setting.databaseURL.name
        connectionsMax = try sources.required(.databasePoolSize, in: 1...1000)
        migratesAtStart = try sources.choice(.migrateAtStart, of: ["true", "false"]) == "true"
        sharedWithoutDatabase = try Self.sharedWithoutDatabase(sources)
    }

    private static func sharedWithoutDatabase(_ sources: SettingSources) throws -> [String] {
        guard try sources.text(.databaseURL) == nil else { return [] }
        let backends: [(Setting, [String])] = [(.storageBackend, ["s3"]), (.queueBackend, ["redis", "sqs"])]
        return try backends.compactMap { setting, shared in
            let text = try sources.find(setting).text
            return shared.contains(text) ? "\(setting.name)=\(text)" : nil
        }
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

    /// `SQLite` or `PostgreSQL`.
    var kind: String { if case .sqlite = location { "SQLite" } else { "PostgreSQL" } }

    /// Opens the database without touching its schema.
    /// - Throws: ``ANBError/Code/misconfigured`` also when a new, empty database would decide about what others share: its
    ///   sweeper would remove their objects.
    func open() async throws -> any OpenDatabase {
        guard sharedWithoutDatabase.isEmpty else {
            throw SettingSources.missing(
                .databaseURL,
                "must be set with \(sharedWithoutDatabase.joined(separator: " and ")), which machines share: the default is a "
                    + "file of this one; sqlite:////absolute/path says that it is the only one")
        }
        switch location {
        case .sqlite(let path):
            return try await blaming([name], advice: "it must name a file in a folder that this user may write") {
                try await SQLiteDatabase.open(path: path)
            }
        case .postgres(let url):
            return try await blaming([name]) {
                try await PostgresDatabase.open(url: url, settings: PostgresSettings(connectionsMax: connectionsMax))
            }
        }
    }

    /// Opens the database and brings its schema up to date.
    func migrated() async throws -> any OpenDatabase { try await opened { try await $0.migrate() } }

    /// Opens the database for work: its schema is brought up to date, or has to be.
    /// - Throws: ``ANBError/Code/misconfigured`` when the schema is newer than the program, or old and not to be changed.
    func start() async throws -> any OpenDatabase {
        try await opened { if migratesAtStart { try await $0.migrate() } else { try await $0.checkSchema() } }
    }

    /// Opens a database that is there and has this program's schema; neither is made or changed.
    /// - Throws: ``ANBError/Code/misconfigured`` when it is not so.
    func existing() async throws -> any OpenDatabase {
        if sharedWithoutDatabase.isEmpty, case .sqlite(let path) = location, !FileManager.default.fileExists(atPath: path) {
            throw ANBError(
                .misconfigured,
                "\(name): there is no database \(path). Stand in the server's folder or set \(name) as it is set there; "
                    + "anb-api migrate makes a new one.")
        }
        return try await opened { try await $0.checkSchema() }
    }

    private func opened(_ prepare: (any OpenDatabase) async throws -> Void) async throws -> any OpenDatabase {
        let database = try await open()
        do {
            try await blaming([name]) { try await prepare(database) }
        } catch {
            try? await database.close()
            throw error
        }
        return database
    }
}
