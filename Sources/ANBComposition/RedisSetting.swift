import ANBCore
import ANBQueue
import Foundation
import Logging

/// The Redis server that wakes workers.
struct RedisSetting: Sendable {
    private let url: String
    private let prefix: String

    /// - Throws: ``ANBError/Code/misconfigured`` when there is no URL.
    init(_ sources: SettingSources) throws {
        guard let url = try sources.text(.redisURL) else {
            throw SettingSources.missing(.redisURL, "must be set with QUEUE_BACKEND=redis")
        }
        self.url = url
        prefix = try sources.find(.redisPrefix).text
    }

    /// - Throws: ``ANBError`` when the server cannot be used now, so that a wrong setting stops the start.
    func openQueue(_ logger: Logger) async throws -> RedisJobQueue {
        let queue = try RedisJobQueue(url: url, prefix: prefix, logger: logger)
        do {
            try await blaming([Setting.redisURL.name]) { try await queue.check() }
        } catch {
            await queue.close()
            throw error
        }
        return queue
    }

    /// A queue of its own on the same server, for one trial.
    func throwawayQueue(visibility: Duration, _ logger: Logger) throws -> RedisJobQueue {
        var rules = RedisJobQueue.Rules()
        rules.visibility = visibility
        let name = "\(prefix.prefix(50))conformance-\(UUID().uuidString.lowercased()):"
        return try RedisJobQueue(url: url, prefix: name, rules: rules, logger: logger)
    }
}
