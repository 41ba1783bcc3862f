import ANBCore
import ANBTesting
import Testing

@Suite struct ShelfObjectStoreTests {
    /// Every rule of the port, each on a fresh store.
    @Test(arguments: ObjectStoreSuite.suite.cases)
    func keepsTheRules(_ rule: ConformanceCase<any ObjectStore>) async throws {
        try await rule.run(ShelfObjectStore())
    }
}
