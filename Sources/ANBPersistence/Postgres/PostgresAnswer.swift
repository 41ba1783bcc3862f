import ANBCore
import CPostgres

/// What the server answered to one statement.
struct PostgresAnswer: ~Copyable {
    private let result: OpaquePointer

    init(_ result: OpaquePointer) { self.result = result }

    deinit { PQclear(result) }

    /// What the server did, such as `COMMIT` or `ROLLBACK`.
    var command: String { String(cString: PQcmdStatus(result)) }

    var changedRowCount: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    /// `nil` when the statement went well.
    var failure: PostgresFailure? {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: return nil
        default:
            let state = PQresultErrorField(result, Int32(UInt8(ascii: "C"))).map { String(cString: $0) }
            let primary = PQresultErrorField(result, Int32(UInt8(ascii: "M"))) ?? PQresultErrorMessage(result)
            return PostgresFailure(.refused, state: state, primary.map { String(cString: $0) } ?? "no reason given")
        }
    }

    func rows() -> [SQLRow] {
        let columns = (0..<PQnfields(result)).map { (index: $0, type: PQftype(result, $0)) }
        return (0..<PQntuples(result)).map { row in SQLRow(columns.map { value(row, $0.index, $0.type) }) }
    }

    private func value(_ row: Int32, _ column: Int32, _ type: Oid) -> SQLValue {
        if PQgetisnull(result, row, column) == 1 { return .null }
        guard let bytes = PQgetvalue(result, row, column) else { return .null }
        let text = String(cString: bytes)
        switch type {
        case Self.int8, Self.int4, Self.int2: return Int64(text).map(SQLValue.integer) ?? .text(text)
        case Self.float8, Self.float4: return Double(text).map(SQLValue.real) ?? .text(text)
        case Self.bool: return .integer(text == "t" ? 1 : 0)
        default: return .text(text)
        }
    }

    // Numbers of built-in types: pg_type.dat; they never change.
    private static let (bool, int8, int2, int4) = (Oid(16), Oid(20), Oid(21), Oid(23))
    private static let (float4, float8) = (Oid(700), Oid(701))
}
