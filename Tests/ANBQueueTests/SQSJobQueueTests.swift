import ANBAWS
import ANBCore
@testable import ANBQueue
import ANBTesting
import AWSTestServer
import Foundation
import Testing

/// What is particular to SQS, on a real server.
@Suite struct SQSJobQueueTests {
    private func message(_ ids: SequentialIDs = SequentialIDs()) -> JobMessage {
        JobMessage(
            jobID: ids.next(), kind: .processVideo, videoID: ids.next(), userID: ids.next(), originalKey: "originals/1/a.mp4",
            correlationID: "c")
    }

    // MARK: Deduplication

    @Test func aSecondRingForTheSameJobIsNotSwallowed() async throws {
        let server = try await AWSTestServer.shared()
        let clock = ManualClock()
        let settings = server.sqsSettings(fifo: true)
        _ = try await server.makeQueue(settings)
        let queue = try await SQSJobQueue.open(
            settings, service: server.sqsService(settings), clock: clock, logger: AWSTestServer.logger)
        let message = message()
        try await queue.send([message])
        // The same send again, as after a lost answer: the very same id.
        try await queue.send([message])
        #expect(try await queue.depth().ready == 1)
        let first = try #require(try await queue.receive(limit: 1, wait: .zero).first)
        try await queue.acknowledge(first)
        clock.advance(by: .seconds(1))
        try await queue.send([message])
        #expect(try await queue.receive(limit: 1, wait: .zero).map(\.message) == [message])
    }

    @Test func oneGroupIsDeliveredInOrderAndOneAtATime() async throws {
        let server = try await AWSTestServer.shared()
        let queue = try await server.makeQueue(server.sqsSettings(fifo: true))
        let ids = SequentialIDs()
        let user = UserID(ids.uuid())
        let messages = (0..<3).map { _ in
            var message = message(ids)
            message.userID = user
            return message
        }
        try await queue.send(messages)
        for expected in messages {
            let delivery = try #require(try await queue.receive(limit: 1, wait: .zero).first)
            #expect(delivery.message == expected)
            #expect(try await queue.receive(limit: 10, wait: .zero).isEmpty)
            try await queue.acknowledge(delivery)
        }
    }

    // MARK: Setting up

    @Test(arguments: [true, false])
    func setupMakesBothQueuesAndMayRunAgain(_ fifo: Bool) async throws {
        let server = try await AWSTestServer.shared()
        var settings = server.sqsSettings(fifo: fifo)
        settings.receivesMax = nil
        let service = try server.sqsService(settings)
        let setup = SQSQueueSetup(settings, service: service)
        let outcome = try await setup.run()
        #expect(try await setup.run() == outcome)
        #expect(outcome.receivesMax == (fifo ? 3 : 5))
        let queue = try await service.description(of: outcome.queueURL)
        let dead = try await service.description(of: outcome.deadLetterURL)
        #expect(queue.attributes["VisibilityTimeout"] == "300")
        #expect(queue.attributes["ReceiveMessageWaitTimeSeconds"] == "20")
        #expect(queue.attributes["MessageRetentionPeriod"] == "1209600")
        #expect(dead.attributes["MessageRetentionPeriod"] == "1209600")
        #expect(queue.redrive?.deadLetterTargetArn == dead.arn)
        #expect(queue.isFIFO == fifo && dead.isFIFO == fifo)
    }

    @Test func setupRepairsAnExistingQueue() async throws {
        let server = try await AWSTestServer.shared()
        let settings = server.sqsSettings(fifo: false, visibility: .seconds(77))
        let service = try server.sqsService(settings)
        _ = try await service.call(
            "CreateQueue", SQSCreate(QueueName: settings.queueName, Attributes: [:]), answering: SQSCreate.Answer.self)
        let outcome = try await SQSQueueSetup(settings, service: service).run()
        #expect(try await service.description(of: outcome.queueURL).attributes["VisibilityTimeout"] == "77")
    }

    @Test func aQueueIsFoundByItsURLToo() async throws {
        let server = try await AWSTestServer.shared()
        var settings = server.sqsSettings(fifo: true)
        let made = try await server.makeQueue(settings)
        settings.queue = .url(made.pair.queue.url)
        settings.endpoint = nil
        let queue = try await SQSJobQueue.open(settings, service: server.sqsService(settings), logger: AWSTestServer.logger)
        try await queue.send([message()])
        #expect(try await made.receive(limit: 1, wait: .zero).count == 1)
    }

    // MARK: What stops the start, in one line

    private func expectRefusal(
        _ settings: SQSSettings, _ code: ANBError.Code = .misconfigured, credentials: AWSCredentials? = nil, _ words: String...
    ) async throws {
        let server = try await AWSTestServer.shared()
        let service = try SQSService(
            settings, http: AWSTestServer.http, credentials: credentials ?? server.credentials,
            policy: RetryPolicy(attemptsMax: 1), logger: AWSTestServer.logger)
        let error = try await expectError(code) {
            try await SQSJobQueue.open(settings, service: service, logger: AWSTestServer.logger)
        }
        for word in words { #expect(error.operatorMessage.contains(word), "\(error)") }
        #expect(!error.operatorMessage.contains("\n"))
    }

    @Test func aMissingQueueIsNamed() async throws {
        let server = try await AWSTestServer.shared()
        let settings = server.sqsSettings(fifo: true)
        try await expectRefusal(settings, .misconfigured, "The SQS queue \(settings.queueName) does not exist", "setup-queues")
        var byURL = settings
        byURL.queue = .url("\(server.endpoint)/000000000000/missing")
        try await expectRefusal(byURL, .misconfigured, "The SQS queue missing does not exist")
    }

    @Test func aQueueWithoutDeadLettersIsRefused() async throws {
        let server = try await AWSTestServer.shared()
        var settings = server.sqsSettings(fifo: false)
        _ = try await server.sqsService(settings).call(
            "CreateQueue", SQSCreate(QueueName: settings.queueName, Attributes: [:]), answering: SQSCreate.Answer.self)
        try await expectRefusal(settings, .misconfigured, "has no dead-letter queue")
        settings.deadLetterARN = "arn:aws:sqs:us-east-1:000000000000:missing"
        try await expectRefusal(settings, .misconfigured, "arn:aws:sqs:us-east-1:000000000000:missing does not exist")
        settings.deadLetterARN = "no arn"
        try await expectRefusal(settings, .misconfigured, "no arn does not exist")
    }

    @Test func aFIFOQueueWithStandardDeadLettersIsRefused() async throws {
        let server = try await AWSTestServer.shared()
        let standard = try await server.makeQueue(server.sqsSettings(fifo: false))
        var settings = server.sqsSettings(fifo: true)
        _ = try await server.sqsService(settings).call(
            "CreateQueue", SQSCreate(QueueName: settings.queueName, Attributes: ["FifoQueue": "true"]),
            answering: SQSCreate.Answer.self)
        settings.deadLetterARN = standard.pair.queue.arn
        try await expectRefusal(settings, .misconfigured, "must both be FIFO or both be Standard")
    }

    @Test func anotherDeadLetterQueueThanThePolicySaysIsRefused() async throws {
        let server = try await AWSTestServer.shared()
        let other = try await server.makeQueue(server.sqsSettings(fifo: false))
        var settings = server.sqsSettings(fifo: false)
        _ = try await server.makeQueue(settings)
        settings.deadLetterARN = other.pair.queue.arn
        try await expectRefusal(settings, .misconfigured, "SQS_DLQ_ARN", "redrive policy")
    }

    @Test func wrongCredentialsAreNamed() async throws {
        let server = try await AWSTestServer.shared()
        let settings = server.sqsSettings(fifo: true)
        _ = try await server.makeQueue(settings)
        var credentials = server.credentials
        credentials.secretAccessKey += "x"
        try await expectRefusal(settings, .unavailable, credentials: credentials, "credentials are refused", settings.queueName)
        credentials.accessKeyID = "AKIANOBODY1234567890"
        try await expectRefusal(settings, .unavailable, credentials: credentials, "credentials are refused")
    }

    @Test func anUnreachableHostIsNamed() async throws {
        var settings = try await AWSTestServer.shared().sqsSettings(fifo: true)
        settings.endpoint = "http://127.0.0.1:1"
        try await expectRefusal(settings, .unavailable, "http://127.0.0.1:1 cannot be reached")
    }

    @Test(arguments: ["no url", "http://", "http://host", "ftp://host/1/q"])
    func whatIsNoURLOfAQueueIsRefused(_ url: String) async throws {
        let settings = SQSSettings(queue: .url(url), region: "us-east-1")
        try await expectError(.misconfigured) { try await AWSTestServer.shared().sqsService(settings) }
    }

    // MARK: Batches

    @Test func batchesKeepToWhatOneCallTakes() {
        let small = (0..<25).map { _ in SQSSend.Entry(Id: "", MessageBody: "x") }
        #expect(SQSBatches.cut(small).map(\.count) == [10, 10, 5])
        #expect(SQSBatches.cut(small)[1].map(\.Id) == (0..<10).map(String.init))
        let large = (0..<5).map { _ in SQSSend.Entry(Id: "", MessageBody: String(repeating: "x", count: 100 << 10)) }
        #expect(SQSBatches.cut(large).map(\.count) == [2, 2, 1])
        #expect(SQSBatches.cut([]).isEmpty)
    }

    @Test func onlyWhatFailedIsSentAgain() async throws {
        let endpoint = FakeEndpoint { question, index in
            index < 3 ? Self.describing(question) : Self.answer(question, failing: index == 3 ? false : nil)
        }
        try await endpoint.listening { url in
            let settings = SQSSettings(queue: .url("\(url)/1/q"), region: "us-east-1", deadLetterARN: "arn:aws:sqs:us-east-1:1:dlq")
            let service = try SQSService(
                settings, http: AWSTestServer.http, credentials: Self.key, logger: AWSTestServer.logger)
            let queue = try await SQSJobQueue.open(settings, service: service, logger: AWSTestServer.logger)
            let ids = SequentialIDs()
            try await queue.send([message(ids), message(ids), message(ids)])
        }
        let sends = endpoint.questions.filter { $0.headers["x-amz-target"] == "AmazonSQS.SendMessageBatch" }
        #expect(sends.map { $0.body.components(separatedBy: "MessageBody").count - 1 } == [3, 1])
    }

    @Test func whatTheServiceCallsOurFaultIsNotSentAgain() async throws {
        let endpoint = FakeEndpoint { question, index in
            index < 3 ? Self.describing(question) : Self.answer(question, failing: true)
        }
        try await endpoint.listening { url in
            let settings = SQSSettings(queue: .url("\(url)/1/q"), region: "us-east-1", deadLetterARN: "arn:aws:sqs:us-east-1:1:dlq")
            let service = try SQSService(
                settings, http: AWSTestServer.http, credentials: Self.key, logger: AWSTestServer.logger)
            let queue = try await SQSJobQueue.open(settings, service: service, logger: AWSTestServer.logger)
            let error = try await expectError(.internal) { try await queue.send([message()]) }
            #expect(error.operatorMessage.contains("TooLong"))
        }
        #expect(endpoint.questions.count == 4)
    }

    private static let key = AWSCredentials(accessKeyID: "AK", secretAccessKey: "s")

    /// Answers what a queue asks when it is opened.
    private static func describing(_ question: FakeEndpoint.Question) -> FakeEndpoint.Answer {
        let isDead = question.body.contains("dlq")
        switch question.headers["x-amz-target"] {
        case "AmazonSQS.GetQueueUrl": return .init(200, #"{"QueueUrl":"http://x/1/dlq"}"#)
        default: return .init(200, #"{"Attributes":{"QueueArn":"arn:aws:sqs:us-east-1:1:\#(isDead ? "dlq" : "q")"}}"#)
        }
    }

    private static func answer(_ question: FakeEndpoint.Question, failing isOurFault: Bool?) -> FakeEndpoint.Answer {
        guard let isOurFault else { return .init(200, #"{"Successful":[],"Failed":[]}"#) }
        return .init(200, #"{"Failed":[{"Id":"1","Code":"TooLong","SenderFault":\#(isOurFault)}]}"#)
    }
}
