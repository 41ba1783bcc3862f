public import ANBCore
import ANBPersistence
import Logging

/// Opens the database alone, for one command. What the command did is sealed in the audit log before it ends.
/// - Throws: ``ANBError`` when the database cannot be used.
public func withDatabase<Value>(
    _ settings: Settings, label: String = "anb-api", _ body: (any Database) async throws -> Value
) async throws -> Value {
    let database = try await settings.database.start()
    do {
        let value = try await body(database)
        try await AuditTrail(database: database, logger: Logger(label: label)).seal()
        try await database.close()
        return value
    } catch {
        try? await database.close()
        throw error
    }
}
