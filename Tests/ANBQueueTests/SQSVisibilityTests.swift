import ANBAWS
import ANBCore
import ANBTesting
import AWSTestServer
import Testing

@testable import ANBQueue

@Suite struct SQSVisibilityTests {
    /// A worker that dies before it claims must not hold up its player for the queue's 300 s.
    @Test(arguments: [("jobs.fifo", 300, 30), ("jobs.fifo", 12, 12), ("jobs", 300, 300)])
    func howLongAReceivedMessageIsHidden(name: String, seconds: Int, asked: Int) async throws {
        let service = FakeEndpoint([.init(200, "{}")])
        try await service.listening { url in
            let settings = SQSSettings(
                queue: .url("\(url)/1/\(name)"), region: "us-east-1", endpoint: url, visibility: .seconds(seconds))
            let credentials = AWSCredentials(accessKeyID: "key", secretAccessKey: "secret")
            let queue = SQSJobQueue(
                settings: settings,
                service: try SQSService(
                    settings, http: AWSTestServer.http, credentials: credentials, logger: AWSTestServer.logger),
                pair: SQSQueuePair(
                    queue: SQSQueueDescription(url: "\(url)/1/\(name)", attributes: ["FifoQueue": "\(name.hasSuffix(".fifo"))"]),
                    deadLetters: SQSQueueDescription(url: "\(url)/1/dead-\(name)", attributes: [:])),
                clock: SystemClock(), ids: SequentialIDs(), logger: AWSTestServer.logger)
            _ = try await queue.receive(limit: 1, wait: .zero)
        }
        let body = try #require(service.questions.first?.body)
        #expect(body.contains("\"VisibilityTimeout\":\(asked)}") || body.contains("\"VisibilityTimeout\":\(asked),"), "\(body)")
    }
}
