/// One connection with an open transaction. Used by one thread at a time.
///
/// Statements are written for every dialect at once: parameters are `?1`, `?2`, …; times are milliseconds since 1970;
/// truth is 0 or 1. A failed condition must never show as an SQL error, because that ends a transaction in some
/// dialects: statements say `ON CONFLICT DO NOTHING` and look at the number of changed rows.
///
/// Where several transactions run at once, a row that is read by its key stays locked to the end of the transaction, so
/// that what the transaction decides from it stays true: ``queryRow(_:_:)``, ``rowLock``.
///
/// Errors are thrown as `ANBError`.
protocol SQLConnection {
    func query(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow]
    /// - Returns: How many rows were inserted, updated or deleted.
    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int
    /// The same statement with the values of each, in one go where the dialect can.
    func queryEach(_ sql: String, _ values: [[SQLValue]]) throws -> [[SQLRow]]
    /// As ``queryEach(_:_:)``; answers the numbers of changed rows.
    func executeEach(_ sql: String, _ values: [[SQLValue]]) throws -> [Int]
    /// Reads one row by a unique key.
    func queryRow(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow]
    /// Ends a SELECT within another statement whose row must stay as it was read.
    var rowLock: String { get }
}

extension SQLConnection {
    func queryEach(_ sql: String, _ values: [[SQLValue]]) throws -> [[SQLRow]] { try values.map { try query(sql, $0) } }
    func executeEach(_ sql: String, _ values: [[SQLValue]]) throws -> [Int] { try values.map { try execute(sql, $0) } }
}

/// For a dialect that runs one writing transaction at a time.
extension SQLConnection {
    func queryRow(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] { try query(sql, values) }
    var rowLock: String { "" }
}
