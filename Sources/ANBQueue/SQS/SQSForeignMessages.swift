import ANBCore
import Logging

extension SQSJobQueue {
    static let reasonAttribute = "anb_reason"
    static let receiveCountAttribute = "anb_receive_count"

    /// The messages that are ours. The others go to the dead letters.
    func deliveries(_ messages: [SQSMessage]) async throws -> [JobDelivery] {
        var deliveries: [JobDelivery] = []
        for message in messages {
            do {
                let content = try JobMessage(json: message.Body)
                deliveries.append(
                    JobDelivery(message: content, receipt: message.ReceiptHandle, receiveCount: message.receiveCount))
            } catch let error as ANBError where error.code == .corrupted {
                await bury(message, reason: error.operatorMessage)
            }
        }
        return deliveries
    }

    /// First there, then away from here: a crash between the two makes a second letter, never a lost one. When it fails,
    /// the message comes back after its visibility and is tried again.
    private func bury(_ message: SQSMessage, reason: String) async {
        logger.warning(
            "a message that is not ours goes to the dead letters",
            metadata: ["message_id": "\(message.MessageId)", "reason": "\(reason)"])
        do {
            try await send([letter(message, reason)], to: pair.deadLetters)
            try await delete(message.ReceiptHandle, from: pair.queue)
        } catch {
            logger.warning("the message could not be moved", metadata: ["error": "\(error)"])
        }
    }

    private func letter(_ message: SQSMessage, _ reason: String) -> SQSSend.Entry {
        SQSSend.Entry(
            Id: "0", MessageBody: message.Body,
            // A group of its own, so that no letter hides another.
            MessageGroupId: pair.deadLetters.isFIFO ? message.MessageId : nil,
            MessageDeduplicationId: pair.deadLetters.isFIFO ? message.MessageId : nil,
            MessageAttributes: [
                Self.reasonAttribute: SQSAttributeValue(reason),
                Self.receiveCountAttribute: SQSAttributeValue("\(message.receiveCount)"),
            ])
    }
}
