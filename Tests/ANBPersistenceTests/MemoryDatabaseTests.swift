import ANBCore
import ANBPersistence
import ANBTesting
import Testing

@Suite("MemoryDatabase")
struct MemoryDatabaseTests {
    @Test(arguments: DatabaseSuite.suite.cases)
    func database(_ rule: ConformanceCase<any Database>) async throws { try await rule.run(MemoryDatabase()) }

    @Test(arguments: LedgerSuite.suite.cases)
    func ledger(_ rule: ConformanceCase<any Database>) async throws { try await rule.run(MemoryDatabase()) }
}
