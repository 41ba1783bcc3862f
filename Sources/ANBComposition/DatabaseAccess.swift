public import ANBCore
import ANBPersistence
import Logging

/// Opens the database alone, for one command: it has to be there, as only servers and `migrate` make one. What the command did is
/// sealed in the audit log before it ends.
/// - Throws: ``ANBError`` when the database cannot be used.
public func withDatabase<Value>(
    _ settings: Settings, label: String = "anb-api", _ body: (any Database) async throws -> Value
) async throws -> Value {
    try await closing(try await settings.database.existing()) { database in
        let value = try await body(database)
        try await AuditTrail(database: database, logger: Logger(label: label)).seal()
        return value
    }
}

/// Opens the database alone, for one command that looks and changes nothing: the database has to be there.
/// - Throws: ``ANBError`` when the database cannot be used.
func readingDatabase<Value>(_ settings: Settings, _ body: (any Database) async throws -> Value) async throws -> Value {
    try await closing(try await settings.database.existing(), body)
}

private func closing<Value>(_ database: any OpenDatabase, _ body: (any Database) async throws -> Value) async throws -> Value {
    do {
        let value = try await body(database)
        try await database.close()
        return value
    } catch {
        try? await database.close()
        throw error
    }
}
