import ANBAWS
import ANBCore
import ANBTesting
import AWSTestServer
import Foundation
import Testing

@testable import ANBQueue

/// What becomes of a batch of dead letters when the service does only a part of it.
@Suite struct SQSDeadLetterTests {
    @Test func eachLetterHasAFateOfItsOwn() async throws {
        let service = FakeEndpoint { question, index in
            switch Self.action(question) {
            case "ReceiveMessage": Self.letters(index == 0 ? ["good", "bad", "other"] : [])
            case "SendMessageBatch" where question.body.contains("body of bad"):
                .init(200, #"{"Failed":[{"Id":"0","Code":"TooLong","Message":"it is too long","SenderFault":true}]}"#)
            default: .init(200, "{}")
            }
        }
        let fates = try await service.listening { url in
            try await queue(url).replay(["good", "bad", "unknown"])
        }
        #expect(fates["good"] == .done)
        #expect(fates["unknown"] == .absent)
        guard case .failed(let reason) = fates["bad"] else { throw ConformanceFailure("\(fates)") }
        #expect(reason.contains("it is too long"))
        #expect(handles(service, "DeleteMessage") == ["handle of good"])
        #expect(handles(service, "ChangeMessageVisibility") == ["handle of bad", "handle of other"])
    }

    /// What was done before the service went away is told as done.
    @Test func anOutageInTheMiddleIsToldForTheRest() async throws {
        let service = FakeEndpoint { question, index in
            switch Self.action(question) {
            case "ReceiveMessage":
                index == 0 ? Self.letters(["first"]) : .init(400, #"{"__type":"x#AccessDenied","message":"no"}"#)
            default: .init(200, "{}")
            }
        }
        let fates = try await service.listening { url in try await queue(url).purge(["first", "second"]) }
        #expect(fates["first"] == .done)
        guard case .failed = fates["second"] else { throw ConformanceFailure("\(fates)") }
    }

    @Test func anOutageAtTheBeginningIsAnError() async throws {
        let service = FakeEndpoint([.init(400, #"{"__type":"x#AccessDenied","message":"no"}"#)])
        _ = try await service.listening { url in
            await #expect(throws: ANBError.self) { try await queue(url).purge(["first"]) }
        }
    }

    private func queue(_ url: String) throws -> SQSJobQueue {
        let settings = SQSSettings(queue: .url("\(url)/1/jobs"), region: "us-east-1", endpoint: url)
        let credentials = AWSCredentials(accessKeyID: "key", secretAccessKey: "secret")
        let service = try SQSService(settings, http: AWSTestServer.http, credentials: credentials, logger: AWSTestServer.logger)
        let pair = SQSQueuePair(
            queue: SQSQueueDescription(url: "\(url)/1/jobs", attributes: [:]),
            deadLetters: SQSQueueDescription(url: "\(url)/1/jobs-dlq", attributes: [:]))
        return SQSJobQueue(
            settings: settings, service: service, pair: pair, clock: SystemClock(), ids: SequentialIDs(),
            logger: AWSTestServer.logger)
    }

    private static func action(_ question: FakeEndpoint.Question) -> String {
        let target = question.headers.first { $0.key.lowercased() == "x-amz-target" }?.value ?? ""
        return String(target.split(separator: ".").last ?? "")
    }

    private static func letters(_ names: [String]) -> FakeEndpoint.Answer {
        let texts = names.map { #"{"MessageId":"\#($0)","ReceiptHandle":"handle of \#($0)","Body":"body of \#($0)"}"# }
        return .init(200, #"{"Messages":[\#(texts.joined(separator: ","))]}"#)
    }

    private func handles(_ service: FakeEndpoint, _ action: String) -> [String] {
        service.questions.filter { Self.action($0) == action }.compactMap { question in
            let body = try? JSONDecoder().decode([String: JSONText].self, from: Data(question.body.utf8))
            return body?["ReceiptHandle"]?.text
        }.sorted()
    }

    /// A text, or anything else.
    private struct JSONText: Decodable {
        var text: String?
        init(from decoder: any Decoder) throws { text = try? decoder.singleValueContainer().decode(String.self) }
    }
}
