import ANBCore
import ANBStorage
import ANBTesting
import Testing

/// The one suite, on every backend.
@Suite struct ObjectStoreConformanceTests {
    @Test(arguments: ObjectStoreSuite.suite.cases)
    func memory(_ rule: ConformanceCase<any ObjectStore>) async throws {
        try await rule.run(MemoryObjectStore(signer: .forTests()))
    }

    @Test(arguments: ObjectStoreSuite.suite.cases)
    func filesystem(_ rule: ConformanceCase<any ObjectStore>) async throws {
        try await withTemporaryFolder { path in
            try await rule.run(FilesystemObjectStore.open(root: "\(path)/objects", signer: .forTests()))
        }
    }

    @Test func suiteIsLarge() { #expect(ObjectStoreSuite.suite.cases.count >= 30) }
}
