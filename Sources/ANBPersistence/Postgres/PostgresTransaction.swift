import ANBCore

/// One transaction on a connection, while it is open.
final class PostgresTransaction: SQLConnection {
    enum Kind: Hashable {
        /// One snapshot for all its reads.
        case read
        /// Each statement sees what was committed before it. What makes that safe is in Docs/Decisions.
        case write
        /// Like a write, and it may take as long as a change of the schema takes.
        case migration

        var begin: String {
            switch self {
            case .read: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            // Not READ WRITE: that would overrule an operator who made the database read-only.
            case .write, .migration: "BEGIN ISOLATION LEVEL READ COMMITTED"
            }
        }
    }

    private let link: PostgresLink
    private let server: String
    private let kind: Kind
    private let secondsMax: Double?
    /// Whether a row that was looked for by its key did not exist.
    private var sawAbsence = false
    private let restartsAfterAbsence: Bool
    /// The first statement that failed. The transaction cannot commit any more, whatever its body thinks.
    private(set) var failure: PostgresFailure?
    /// Somebody inserted a row after this transaction looked for it: what the body decided from that is worthless.
    private(set) var sawLateArrival = false

    /// - Parameters:
    ///   - secondsMax: How long one answer may take; the connection's limit unless told.
    ///   - restartsAfterAbsence: Whether a late arrival ends the attempt. Once is enough: the next attempt sees it.
    init(_ link: PostgresLink, _ kind: Kind, server: String, secondsMax: Double?, restartsAfterAbsence: Bool) {
        self.link = link
        self.kind = kind
        self.server = server
        self.secondsMax = secondsMax
        self.restartsAfterAbsence = restartsAfterAbsence
    }

    var rowLock: String { kind == .read ? "" : " FOR NO KEY UPDATE" }

    func query(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] { try run(sql, values) { $0.rows() } }

    func queryRow(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] {
        let rows = try query(sql + rowLock, values)
        if rows.isEmpty { sawAbsence = true }
        return rows
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int {
        let count = try run(sql, values) { $0.changedRowCount }
        if count == 0, sawAbsence, restartsAfterAbsence, sql.hasPrefix("INSERT") {
            sawLateArrival = true
            throw ANBError.unavailable("\(server): a row arrived after it was looked for")
        }
        return count
    }

    func queryEach(_ sql: String, _ values: [[SQLValue]]) throws -> [[SQLRow]] {
        try noting { try link.runEach(sql, values, within: secondsMax) { $0.rows() } }
    }

    func executeEach(_ sql: String, _ values: [[SQLValue]]) throws -> [Int] {
        try noting { try link.runEach(sql, values, within: secondsMax) { $0.changedRowCount } }
    }

    private func run<Value>(
        _ sql: String, _ values: [SQLValue], _ read: (borrowing PostgresAnswer) -> Value
    ) throws -> Value {
        try noting { try link.run(sql, values, within: secondsMax, read) }
    }

    private func noting<Value: ~Copyable>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as PostgresFailure {
            failure = failure ?? error
            throw error.error(server)
        }
    }
}
