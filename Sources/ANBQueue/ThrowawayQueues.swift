import ANBRedis
import Foundation

/// What trying a queue out needs beyond the port: messages of others, and its end.
extension RedisJobQueue {
    /// Sends a body past the port, as another system might.
    package func send(body: String) async throws {
        _ = try await client.send(RedisCommand("XADD", keys.stream, "*", "body", body))
    }

    /// Removes every key of this queue, with whatever is in it.
    package func removeEverything() async throws { _ = try await client.send(RedisCommand(["UNLINK"] + keys.all)) }
}

extension SQSJobQueue {
    private struct Doomed: Encodable {
        var QueueUrl: String
    }

    /// Sends a body past the port, as another system might.
    package func send(body: String) async throws {
        let id = pair.queue.isFIFO ? UUID().uuidString : nil
        try await send([.init(Id: "0", MessageBody: body, MessageGroupId: id, MessageDeduplicationId: id)], to: pair.queue)
    }

    /// Deletes the queue and its dead-letter queue, with whatever is in them.
    package func removeEverything() async throws {
        for queue in [pair.queue, pair.deadLetters] {
            _ = try await service.call("DeleteQueue", Doomed(QueueUrl: queue.url), answering: SQSNothing.self)
        }
    }
}
