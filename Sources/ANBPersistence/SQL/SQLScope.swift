import ANBCore

/// The records of the platform on any SQL connection.
struct SQLScope: TransactionScope {
    let connection: any SQLConnection

    func madeAt() throws -> Timestamp? {
        try first("SELECT applied_at FROM schema_migrations WHERE version = 1") { try $0.time() }
    }

    func execute(_ sql: String, _ values: [(any SQLBindable)?] = []) throws -> Int {
        try connection.execute(sql, values.map { $0?.sqlValue ?? .null })
    }

    /// The same statement with the values of each; answers the numbers of changed rows.
    func executeEach(_ sql: String, _ values: [[(any SQLBindable)?]]) throws -> [Int] {
        try connection.executeEach(sql, values.map { $0.map { $0?.sqlValue ?? .null } })
    }

    /// The same statement with the values of each; answers the first row of each.
    func firstOfEach<Value>(
        _ sql: String, _ values: [[(any SQLBindable)?]], _ decode: (inout SQLRow) throws -> Value
    ) throws -> [Value?] {
        try connection.queryEach(sql, values.map { $0.map { $0?.sqlValue ?? .null } }).map { rows in
            guard var row = rows.first else { return nil }
            return try decode(&row)
        }
    }

    /// The same statement with the values of each; answers the rows of each.
    func allOfEach<Value>(
        _ sql: String, _ values: [[(any SQLBindable)?]], _ decode: (inout SQLRow) throws -> Value
    ) throws -> [[Value]] {
        try connection.queryEach(sql, values.map { $0.map { $0?.sqlValue ?? .null } }).map { rows in
            try rows.map { row in
                var row = row
                return try decode(&row)
            }
        }
    }

    /// - Parameter decode: Reads one row.
    func all<Value>(
        _ sql: String, _ values: [(any SQLBindable)?] = [], _ decode: (inout SQLRow) throws -> Value
    ) throws -> [Value] {
        try connection.query(sql, values.map { $0?.sqlValue ?? .null }).map { row in
            var row = row
            return try decode(&row)
        }
    }

    /// Reads one row by a unique key, and keeps it as it is to the end of a transaction.
    func row<Value>(
        _ sql: String, _ values: [any SQLBindable], _ decode: (inout SQLRow) throws -> Value
    ) throws -> Value? {
        guard var row = try connection.queryRow(sql, values.map(\.sqlValue)).first else { return nil }
        return try decode(&row)
    }

    func first<Value>(
        _ sql: String, _ values: [(any SQLBindable)?] = [], _ decode: (inout SQLRow) throws -> Value
    ) throws -> Value? {
        try all(sql, values, decode).first
    }

    /// The one integer that a counting query answers.
    func count(_ sql: String, _ values: [(any SQLBindable)?] = []) throws -> Int {
        try first(sql, values) { try $0.int() } ?? 0
    }

    /// Adds one row.
    /// - Parameters:
    ///   - columns: Separated by commas, in the order of the values.
    ///   - conflict: Thrown when a unique column's value is taken.
    func insert(
        into table: String, _ columns: String, _ values: [(any SQLBindable)?], conflict: @autoclosure () -> ANBError
    ) throws {
        let parameters = (1...values.count).map { "?\($0)" }.joined(separator: ", ")
        let sql = "INSERT INTO \(table) (\(columns)) VALUES (\(parameters)) ON CONFLICT DO NOTHING"
        if try execute(sql, values) == 0 { throw conflict() }
    }
}
