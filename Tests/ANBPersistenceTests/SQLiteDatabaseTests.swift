import ANBCore
import ANBPersistence
import ANBTesting
import Testing

@Suite("SQLiteDatabase")
struct SQLiteDatabaseTests {
    @Test(arguments: DatabaseSuite.suite.cases)
    func database(_ rule: ConformanceCase<any Database>) async throws {
        try await TemporarySQLite.withDatabase { try await rule.run($0) }
    }

    @Test(arguments: LedgerSuite.suite.cases)
    func ledger(_ rule: ConformanceCase<any Database>) async throws {
        try await TemporarySQLite.withDatabase { try await rule.run($0) }
    }
}
