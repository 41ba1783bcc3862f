import ANBPersistence
import Foundation

/// A folder of its own for the database file of one test.
enum TemporarySQLite {
    static func withPath<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "anb-sqlite-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        return try await body(folder.appending(path: "data/anb.db").path)
    }

    /// A new database whose schema is up to date.
    static func withDatabase<Value>(_ body: (SQLiteDatabase) async throws -> Value) async throws -> Value {
        try await withPath { path in
            let database = try await SQLiteDatabase.open(path: path)
            try await database.migrate()
            let value = try await body(database)
            try await database.close()
            return value
        }
    }
}
