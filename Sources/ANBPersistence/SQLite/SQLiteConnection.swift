import GRDB

/// One GRDB connection within its queue and its transaction.
struct SQLiteConnection: SQLConnection {
    let database: GRDB.Database

    func query(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] {
        try SQLiteFailure.translating {
            let statement = try database.cachedStatement(sql: sql)
            let cursor = try Row.fetchCursor(statement, arguments: StatementArguments(values.map(\.databaseValue)))
            var rows: [SQLRow] = []
            while let row = try cursor.next() { rows.append(SQLRow(row.databaseValues.map(SQLValue.init))) }
            return rows
        }
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int {
        try SQLiteFailure.translating {
            let statement = try database.cachedStatement(sql: sql)
            try statement.execute(arguments: StatementArguments(values.map(\.databaseValue)))
            return database.changesCount
        }
    }
}

extension SQLValue {
    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let integer): self = .integer(integer)
        case .double(let real): self = .real(real)
        case .string(let text): self = .text(text)
        // No column of the schema holds one; as text it is refused where it is read.
        case .blob(let bytes): self = .text("\(bytes.count) bytes")
        }
    }

    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let integer): integer.databaseValue
        case .real(let real): real.databaseValue
        case .text(let text): text.databaseValue
        }
    }
}
