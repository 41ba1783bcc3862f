import ANBAWS
import Foundation

/// What a queue says of itself.
struct SQSQueueDescription: Sendable {
    /// Where failing messages go.
    struct Redrive: Codable, Hashable {
        var deadLetterTargetArn: String
        var maxReceiveCount: Int

        init(deadLetterTargetArn: String, maxReceiveCount: Int) {
            self.deadLetterTargetArn = deadLetterTargetArn
            self.maxReceiveCount = maxReceiveCount
        }

        /// The count comes as a number or as a text, depending on who wrote the policy.
        init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            deadLetterTargetArn = try values.decode(String.self, forKey: .deadLetterTargetArn)
            let text = try? values.decode(String.self, forKey: .maxReceiveCount)
            maxReceiveCount = try text.flatMap(Int.init) ?? values.decode(Int.self, forKey: .maxReceiveCount)
        }

        var json: String { #"{"deadLetterTargetArn":"\#(deadLetterTargetArn)","maxReceiveCount":\#(maxReceiveCount)}"# }
    }

    let url: String
    let attributes: [String: String]

    var arn: String { attributes["QueueArn"] ?? "" }
    var isFIFO: Bool { attributes["FifoQueue"] == "true" }
    var redrive: Redrive? {
        attributes["RedrivePolicy"].flatMap { try? JSONDecoder().decode(Redrive.self, from: Data($0.utf8)) }
    }

    func count(_ name: String) -> Int { attributes[name].flatMap(Int.init) ?? 0 }
}

extension SQSService {
    func description(of url: String) async throws -> SQSQueueDescription {
        let answer = try await call("GetQueueAttributes", SQSGetAttributes(QueueUrl: url), answering: SQSGetAttributes.Answer.self)
        return SQSQueueDescription(url: url, attributes: answer.Attributes ?? [:])
    }

    /// - Returns: `nil` when there is no such queue.
    func url(ofQueue name: String, account: String? = nil) async throws -> String? {
        do {
            let question = SQSGetURL(QueueName: name, QueueOwnerAWSAccountId: account)
            return try await call("GetQueueUrl", question, answering: SQSGetURL.Answer.self).QueueUrl
        } catch let error as AWSServiceError where error.tellsOfMissingQueue {
            return nil
        }
    }

    /// - Parameter arn: `arn:aws:sqs:region:account:name`
    func url(ofARN arn: String) async throws -> String? {
        let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[2] == "sqs" else { return nil }
        return try await url(ofQueue: String(parts[5]), account: String(parts[4]))
    }
}
