import ANBAWS
import ANBCore

/// The queue and where its failing messages go, found and checked.
struct SQSQueuePair: Sendable {
    let queue: SQSQueueDescription
    let deadLetters: SQSQueueDescription

    /// Deliveries before a message is dead; `nil` when nothing but a foreign or broken message gets there.
    var receivesMax: Int? { queue.redrive?.maxReceiveCount }

    /// - Throws: ``ANBError/Code/misconfigured`` telling what is wrong with the queues and how to put it right.
    static func find(_ settings: SQSSettings, _ service: SQSService) async throws -> SQSQueuePair {
        do {
            let queue = try await queue(settings, service)
            let deadLetters = try await deadLetters(of: queue, settings, service)
            try check(queue, deadLetters, settings)
            return SQSQueuePair(queue: queue, deadLetters: deadLetters)
        } catch let error as AWSServiceError {
            throw error.translated(doing: "SQS queue \(settings.queueName)")
        }
    }

    private static func queue(_ settings: SQSSettings, _ service: SQSService) async throws -> SQSQueueDescription {
        do {
            switch settings.queue {
            case .url(let url): return try await service.description(of: url)
            case .name(let name):
                guard let url = try await service.url(ofQueue: name) else { throw missing(name) }
                return try await service.description(of: url)
            }
        } catch let error as AWSServiceError where error.tellsOfMissingQueue {
            throw missing(settings.queueName)
        }
    }

    private static func deadLetters(
        of queue: SQSQueueDescription, _ settings: SQSSettings, _ service: SQSService
    ) async throws -> SQSQueueDescription {
        guard let arn = settings.deadLetterARN ?? queue.redrive?.deadLetterTargetArn else {
            throw wrong("The SQS queue \(settings.queueName) has no dead-letter queue; `anb-worker setup-queues` makes one.")
        }
        guard let url = try await service.url(ofARN: arn) else { throw wrong("The dead-letter queue \(arn) does not exist.") }
        return try await service.description(of: url)
    }

    private static func check(
        _ queue: SQSQueueDescription, _ deadLetters: SQSQueueDescription, _ settings: SQSSettings
    ) throws {
        let names = "the SQS queue \(queue.arn) and its dead-letter queue \(deadLetters.arn)"
        if queue.isFIFO != deadLetters.isFIFO {
            throw wrong("\(names) must both be FIFO or both be Standard.")
        }
        if queue.arn == deadLetters.arn { throw wrong("\(names) must be two queues.") }
        if let wanted = settings.deadLetterARN, let actual = queue.redrive?.deadLetterTargetArn, wanted != actual {
            throw wrong("SQS_DLQ_ARN is \(wanted), but the queue's redrive policy names \(actual).")
        }
    }

    private static func missing(_ name: String) -> ANBError {
        wrong("The SQS queue \(name) does not exist; `anb-worker setup-queues` creates it.")
    }

    private static func wrong(_ message: String) -> ANBError {
        ANBError(.misconfigured, message.prefix(1).uppercased() + message.dropFirst())
    }
}
