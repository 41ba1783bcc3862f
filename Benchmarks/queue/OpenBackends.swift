import ANBCore
import ANBPersistence
import ANBQueue
import Logging

extension Backends {
    static let quiet = Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() }

    func openDatabase(connections: Int) async throws -> any Database {
        let opened = try await open(connections: connections)
        try await opened.migrate()
        return opened
    }

    private func open(connections: Int) async throws -> any Database {
        if database.hasPrefix("sqlite:") {
            return try await SQLiteDatabase.open(path: String(database.dropFirst("sqlite:".count)))
        }
        return try await PostgresDatabase.open(url: database, settings: PostgresSettings(connectionsMax: connections))
    }

    func openQueue() throws -> RedisJobQueue {
        try RedisJobQueue(url: redis, prefix: prefix, logger: Self.quiet)
    }
}
