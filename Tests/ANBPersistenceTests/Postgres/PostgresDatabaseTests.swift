import ANBCore
import ANBPersistence
import ANBTesting
import Testing

@Suite("PostgresDatabase")
struct PostgresDatabaseTests {
    @Test(arguments: DatabaseSuite.suite.cases)
    func database(_ rule: ConformanceCase<any Database>) async throws {
        try await TemporaryPostgres.withDatabase { try await rule.run($0) }
    }

    @Test(arguments: LedgerSuite.suite.cases)
    func ledger(_ rule: ConformanceCase<any Database>) async throws {
        try await TemporaryPostgres.withDatabase { try await rule.run($0) }
    }
}
