import ANBAWS
import ANBCore

/// Creates the queue and its dead-letter queue, or brings existing ones to what the platform needs.
package struct SQSQueueSetup: Sendable {
    /// What was made or found.
    package struct Outcome: Hashable, Sendable {
        package var queueURL: String
        package var deadLetterURL: String
        package var receivesMax: Int
    }

    private static let receivesMaxFIFO = 3
    private static let receivesMaxStandard = 5

    private let settings: SQSSettings
    private let service: SQSService

    package init(_ settings: SQSSettings, service: SQSService) {
        self.settings = settings
        self.service = service
    }

    /// May run again: it changes nothing that is right already.
    package func run() async throws -> Outcome {
        do {
            let receivesMax = settings.receivesMax ?? (settings.isFIFO ? Self.receivesMaxFIFO : Self.receivesMaxStandard)
            guard deadLetterName.hasSuffix(SQSSettings.suffixFIFO) == settings.isFIFO else {
                throw ANBError(
                    .misconfigured,
                    "The SQS queue \(settings.queueName) and its dead-letter queue \(deadLetterName) must both be FIFO or both be"
                        + " Standard: the names of both end with .fifo, or none does.")
            }
            let deadLetters = try await ensure(deadLetterName, attributes: baseAttributes)
            var attributes = baseAttributes
            attributes["VisibilityTimeout"] = "\(settings.visibility.components.seconds)"
            attributes["ReceiveMessageWaitTimeSeconds"] = "\(settings.longPoll.components.seconds)"
            attributes["RedrivePolicy"] =
                SQSQueueDescription.Redrive(deadLetterTargetArn: deadLetters.arn, maxReceiveCount: receivesMax).json
            let queue = try await ensure(settings.queueName, attributes: attributes)
            return Outcome(queueURL: queue.url, deadLetterURL: deadLetters.url, receivesMax: receivesMax)
        } catch let error as AWSServiceError {
            throw error.translated(doing: "setting up the SQS queue \(settings.queueName)")
        }
    }

    /// `anb-jobs.fifo` → `anb-jobs-dlq.fifo`, unless an ARN names it.
    private var deadLetterName: String {
        if let arn = settings.deadLetterARN, let name = arn.split(separator: ":").last { return String(name) }
        let name = settings.queueName
        return settings.isFIFO ? "\(name.dropLast(SQSSettings.suffixFIFO.count))-dlq\(SQSSettings.suffixFIFO)" : "\(name)-dlq"
    }

    private var baseAttributes: [String: String] {
        ["MessageRetentionPeriod": "\(SQSSettings.retentionSeconds)"]
    }

    private func ensure(_ name: String, attributes: [String: String]) async throws -> SQSQueueDescription {
        if let url = try await service.url(ofQueue: name) {
            let change = SQSAttributes(QueueUrl: url, Attributes: attributes)
            _ = try await service.call("SetQueueAttributes", change, answering: SQSNothing.self)
            return try await service.description(of: url)
        }
        var attributes = attributes
        if name.hasSuffix(SQSSettings.suffixFIFO) { attributes["FifoQueue"] = "true" }
        let creation = SQSCreate(QueueName: name, Attributes: attributes)
        return try await service.description(
            of: try await service.call("CreateQueue", creation, answering: SQSCreate.Answer.self).QueueUrl)
    }
}
