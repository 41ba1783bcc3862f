/// One connection with an open transaction. Used by one thread at a time.
///
/// Statements are written for every dialect at once: parameters are `?1`, `?2`, …; times are milliseconds since 1970;
/// truth is 0 or 1. A failed condition must never show as an SQL error, because that ends a transaction in some
/// dialects: statements say `ON CONFLICT DO NOTHING` and look at the number of changed rows.
///
/// Errors are thrown as `ANBError`.
protocol SQLConnection {
    func query(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow]
    /// - Returns: How many rows were inserted, updated or deleted.
    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int
}
