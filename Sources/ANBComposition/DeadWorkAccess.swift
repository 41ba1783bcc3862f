package import ANBCore
import ANBQueue
import Logging

/// Opens what the platform gave up on for one command: the ledger, and the queue where it is one that processes share.
/// - Throws: ``ANBError`` when the database or the queue cannot be used.
package func withDeadWork<Value>(_ settings: Settings, _ body: (DeadWork) async throws -> Value) async throws -> Value {
    let logger = Logger(label: "anb-worker")
    return try await withDatabase(settings, label: "anb-worker") { database in
        try await withSharedQueue(settings, logger) { queue in
            try await body(DeadWork(database: database, queue: queue, logger: logger))
        }
    }
}

/// The same for a command that looks and changes nothing.
package func readDeadWork<Value>(_ settings: Settings, _ body: (DeadWork) async throws -> Value) async throws -> Value {
    let logger = Logger(label: "anb-worker")
    return try await readingDatabase(settings) { database in
        try await withSharedQueue(settings, logger) { queue in
            try await body(DeadWork(database: database, queue: queue, logger: logger))
        }
    }
}

/// - Parameter body: Gets `nil` when no other process can look into the queue.
func withSharedQueue<Value>(
    _ settings: Settings, _ logger: Logger, _ body: ((any JobQueue & DeadLetterQueue)?) async throws -> Value
) async throws -> Value {
    if let redis = settings.redis {
        let queue = try await redis.openQueue(logger)
        let result = await resultOf { try await body(queue) }
        await queue.close()
        return try result.get()
    }
    guard settings.aws.sqs != nil, let aws = try await AWSConnections.prepare(settings.aws, logger: logger) else {
        return try await body(nil)
    }
    let result = await resultOf { try await body(aws.jobQueue()) }
    try await aws.close()
    return try result.get()
}

func resultOf<Value>(_ body: () async throws -> Value) async -> Result<Value, any Error> {
    do { return .success(try await body()) } catch { return .failure(error) }
}
