import ANBCore
import ANBTesting
import AWSTestServer
import Foundation
import Testing

@testable import ANBQueue

/// The one suite on both kinds of queues of a real server.
@Suite struct SQSConformanceTests {
    private static let visibility: Duration = .seconds(2)

    @Test(arguments: JobQueueSuite.suite.cases)
    func fifo(_ rule: ConformanceCase<JobQueueSuite.Subject>) async throws { try await run(rule, fifo: true) }

    @Test(arguments: JobQueueSuite.suite.cases)
    func standard(_ rule: ConformanceCase<JobQueueSuite.Subject>) async throws { try await run(rule, fifo: false) }

    private func run(_ rule: ConformanceCase<JobQueueSuite.Subject>, fifo: Bool) async throws {
        let server = try await AWSTestServer.shared()
        let queue = try await server.makeQueue(server.sqsSettings(fifo: fifo, visibility: Self.visibility))
        try await rule.run(
            JobQueueSuite.Subject(
                queue: queue, visibility: Self.visibility, receivesMax: 3,
                // The server's clock is the machine's; nothing but waiting makes it go on.
                pass: { try await Task.sleep(for: $0 + .milliseconds(100)) },
                untilPolling: { try await Task.sleep(for: .milliseconds(300)) },
                sendBody: { try await queue.send(body: $0) }))
    }
}
