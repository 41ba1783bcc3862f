import ANBAWS
import ANBCore
import ANBTesting
import AWSTestServer
import Foundation
import Testing

@testable import ANBQueue

/// For how long a received message is hidden from other workers.
@Suite struct SQSVisibilityTests {
    private static let message = JobMessage(
        jobID: SequentialIDs().next(), kind: .processVideo, videoID: SequentialIDs().next(), userID: SequentialIDs().next(),
        originalKey: "originals/1/a.mp4", correlationID: "c")

    /// SQS gives a message to the long poll of a worker that was just killed: nobody confirms it, and it is back soon. A
    /// worker that dies before it claims must not hold up its player for the queue's 300 s either.
    @Test(arguments: [
        ("jobs.fifo", 300, 1, 30), ("jobs.fifo", 12, 1, 12), ("jobs", 300, 1, 300), ("jobs.fifo", 3, 1, 3), ("jobs", 1, 1, nil),
    ])
    func whatAReceiverAsksFor(name: String, seconds: Int, atFirst: Int, onArrival: Int?) async throws {
        let service = FakeEndpoint([try Self.answer(), .init(200, "{}")])
        let deliveries = try await service.listening { url in
            try await queue(url, name, .seconds(seconds)).receive(limit: 1, wait: .zero)
        }
        #expect(deliveries.map(\.message) == [Self.message])
        let times = service.questions.map { question in
            question.body.firstMatch(of: /"VisibilityTimeout":(\d+)/).flatMap { Int($0.1) }
        }
        #expect(times == [atFirst] + (onArrival.map { [$0] } ?? []))
        if onArrival != nil { #expect(service.questions[1].body.contains(#""ReceiptHandle":"the handle""#)) }
    }

    /// Its message may come twice; it must not be lost for this worker.
    @Test func aReceiverThatCannotConfirmHasItsMessages() async throws {
        let service = FakeEndpoint([try Self.answer(), .init(400, #"{"__type":"x#AccessDenied","message":"no"}"#)])
        let deliveries = try await service.listening { url in
            try await queue(url, "jobs.fifo", .seconds(300)).receive(limit: 1, wait: .zero)
        }
        #expect(deliveries.map(\.receipt) == ["the handle"])
    }

    @Test(arguments: [true, false])
    func aRealServerHidesAConfirmedMessageForItsWholeTime(fifo: Bool) async throws {
        let server = try await AWSTestServer.shared()
        let queue = try await server.makeQueue(server.sqsSettings(fifo: fifo, visibility: .seconds(6)))
        try await queue.send([Self.message])
        let start = ContinuousClock.now
        #expect(try await queue.receive(limit: 1, wait: .seconds(1)).count == 1)
        let again = try await queue.receive(limit: 1, wait: .seconds(20))
        #expect(again.map(\.receiveCount) == [2])
        #expect(ContinuousClock.now - start >= .seconds(5.5))
    }

    private static func answer() throws -> FakeEndpoint.Answer {
        let message = ["MessageId": "1", "ReceiptHandle": "the handle", "Body": try message.json()]
        let json = try JSONEncoder().encode(["Messages": [message]])
        return .init(200, String(decoding: json, as: UTF8.self))
    }

    private func queue(_ url: String, _ name: String, _ visibility: Duration) throws -> SQSJobQueue {
        let settings = SQSSettings(
            queue: .url("\(url)/1/\(name)"), region: "us-east-1", endpoint: url, visibility: visibility)
        let credentials = AWSCredentials(accessKeyID: "key", secretAccessKey: "secret")
        return SQSJobQueue(
            settings: settings,
            service: try SQSService(settings, http: AWSTestServer.http, credentials: credentials, logger: AWSTestServer.logger),
            pair: SQSQueuePair(
                queue: SQSQueueDescription(url: "\(url)/1/\(name)", attributes: ["FifoQueue": "\(name.hasSuffix(".fifo"))"]),
                deadLetters: SQSQueueDescription(url: "\(url)/1/dead-\(name)", attributes: [:])),
            clock: SystemClock(), ids: SequentialIDs(), logger: AWSTestServer.logger)
    }
}
