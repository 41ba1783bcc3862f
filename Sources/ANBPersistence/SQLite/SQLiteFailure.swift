import ANBCore
import GRDB

/// Turns SQLite's result codes into the platform's error.
enum SQLiteFailure {
    /// Runs calls of GRDB only, so that nobody else's error is touched.
    static func translating<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw translate(error)
        }
    }

    static func translate(_ error: DatabaseError) -> ANBError {
        switch error.extendedResultCode {
        case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY:
            return ANBError(
                .conflict, "This was stored before.", operatorMessage: "SQLite: a unique value is taken", cause: error)
        default: break
        }
        switch error.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            var busy = ANBError.unavailable("SQLite: another process holds the database locked", cause: error)
            busy.recovery = .retryNow
            return busy
        case .SQLITE_FULL:
            return .unavailable("SQLite: the disk is full; make room on it", after: .seconds(30), cause: error)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
            return .unavailable(
                "SQLite: the database cannot be written; check the owner and the mode of the file and its folder",
                after: .seconds(30), cause: error)
        case .SQLITE_CANTOPEN, .SQLITE_IOERR:
            return .unavailable(
                "SQLite: the file cannot be read or written; its disk may be full or failing", after: .seconds(5), cause: error)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return ANBError(
                .corrupted, "The service is temporarily unavailable. Please try again later.",
                operatorMessage: "SQLite: the file is damaged or is no database", cause: error)
        case .SQLITE_MISUSE:
            return .unavailable("SQLite: the database is closed", cause: error)
        default:
            return .internal("SQLite: a statement failed", cause: error)
        }
    }
}
