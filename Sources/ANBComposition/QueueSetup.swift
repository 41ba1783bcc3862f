import ANBCore
import ANBQueue
import Logging

/// Creates the queues that the settings name, or repairs them; `anb-worker setup-queues`.
/// - Returns: What there is now, line by line.
/// - Throws: ``ANBError/Code/misconfigured`` when the settings name no queue that has to be made.
public func setUpQueues(_ settings: Settings) async throws -> [String] {
    guard let aws = try await AWSConnections.prepare(settings.aws, logger: Logger(label: "anb-worker")) else {
        throw ANBError(.misconfigured, "QUEUE_BACKEND: only sqs has queues to set up.")
    }
    do {
        guard let outcome = try await aws.setUpQueues() else {
            throw ANBError(.misconfigured, "QUEUE_BACKEND: only sqs has queues to set up.")
        }
        try await aws.close()
        return [
            "queue: \(outcome.queueURL)", "dead letters: \(outcome.deadLetterURL)",
            "deliveries before a message is dead: \(outcome.receivesMax)",
        ]
    } catch {
        try? await aws.close()
        throw error
    }
}
