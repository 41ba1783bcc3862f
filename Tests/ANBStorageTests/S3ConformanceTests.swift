import ANBCore
import ANBTesting
import AWSTestServer
import Testing

/// The one suite on a real S3 server, in both ways of addressing it.
@Suite struct S3ConformanceTests {
    @Test(arguments: ObjectStoreSuite.suite.cases)
    func pathStyle(_ rule: ConformanceCase<any ObjectStore>) async throws {
        try await AWSTestServer.shared().withStore(.path) { try await rule.run($0) }
    }

    /// A bucket of its own for what is published, and keys below a prefix that leaves less room for them.
    @Test(arguments: ObjectStoreSuite.suite.cases.filter { !$0.name.contains("1,024") })
    func virtualHostStyleTwoBucketsAndAPrefix(_ rule: ConformanceCase<any ObjectStore>) async throws {
        try await AWSTestServer.shared().withStore(.virtualHost) { try await rule.run($0) }
    }
}
