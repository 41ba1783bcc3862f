import ANBCore
import ANBTesting
import RedisTestServer
import Testing

@testable import ANBQueue

/// The one suite, on every backend.
@Suite struct JobQueueConformanceTests {
    @Test(arguments: JobQueueSuite.suite.cases)
    func memory(_ rule: ConformanceCase<JobQueueSuite.Subject>) async throws {
        let clock = ManualClock()
        let queue = MemoryJobQueue(visibility: .seconds(30), receivesMax: 3, clock: clock, ids: SequentialIDs(seed: 2))
        try await rule.run(
            JobQueueSuite.Subject(
                queue: queue, visibility: .seconds(30), receivesMax: 3,
                pass: { clock.advance(by: $0) },
                untilPolling: { try await clock.waitForSleepers(1) },
                sendBody: { queue.send(body: $0) }))
    }

    @Test(arguments: JobQueueSuite.suite.cases)
    func redis(_ rule: ConformanceCase<JobQueueSuite.Subject>) async throws {
        // A server for each case, because some cases count who waits there.
        try await withRedisServer { server in
            let test = try RedisQueueUnderTest(url: server.url)
            try await rule.run(JobQueueSuite.Subject(test))
            await test.queue.close()
        }
    }

    @Test func suiteIsLarge() { #expect(JobQueueSuite.suite.cases.count >= 25) }
}
