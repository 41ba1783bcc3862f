import ANBAWS
import ANBCore
import ANBQueue
import ANBTesting
import AWSTestServer
import Foundation
import Logging
import PostgresTestServer
import RedisTestServer
import Testing

/// Dependencies that go away and come back while the executables run.
@Suite(.timeLimit(.minutes(3))) struct ReadinessTests {
    @Test func postgreSQLAwayAndBack() async throws {
        let postgres = try await PostgresTestServer.start()
        try await ReadinessProbe.withServer(["DATABASE_URL": postgres.url()]) { probe, server in
            var client = ContestClient(baseURL: server.baseURL)
            try await client.signUp("ana")
            try await probe.waitUntil(down: [])
            try await postgres.crash()
            try await probe.waitUntil(down: ["database"])
            #expect(try await probe.ask("/health").status == 200)
            try await postgres.startAgain()
            try await probe.waitUntil(down: [])
            try await client.signUp("eva")
        }
        try await postgres.crash()
    }

    /// Reads still work then, but nothing could be accepted.
    @Test func aDatabaseThatBecomesReadOnly() async throws {
        let postgres = try await PostgresTestServer.start()
        try await ReadinessProbe.withServer(["DATABASE_URL": postgres.url()]) { probe, server in
            try await probe.waitUntil(down: [])
            try await postgres.setReadOnly(true)
            try await probe.waitUntil(down: ["database"])
            try await postgres.setReadOnly(false)
            try await probe.waitUntil(down: [])
            var client = ContestClient(baseURL: server.baseURL)
            try await client.signUp("ana")
        }
        try await postgres.crash()
    }

    @Test func redisAwayAndBack() async throws {
        var redis = try await RedisTestServer.start()
        let settings = ["QUEUE_BACKEND": "redis", "REDIS_URL": redis.url, "REDIS_PREFIX": "club:"]
        try await ReadinessProbe.withServer(settings) { probe, server in
            try await probe.waitUntil(down: [])
            redis.kill()
            try await probe.waitUntil(down: ["queue"])
            redis = try await redis.restarted()
            try await probe.waitUntil(down: [])
            // The embedded worker takes from the queue again.
            let queue = try RedisJobQueue(url: redis.url, prefix: "club:", logger: .silent)
            try await queue.send([.foreign()])
            try await queue.waitUntilDead(1)
            await queue.close()
            #expect(server.log.contains("retry_in"))
        }
        await redis.stop()
    }

    @Test func bucketAndQueueAwayAndBack() async throws {
        let aws = try await AWSTestServer.shared()
        let settings = aws.sqsSettings(fifo: false)
        _ = try await aws.makeQueue(settings)
        let bucket = try await aws.makeBucket()
        let variables = aws.sqsVariables(settings).merging(aws.s3Variables(bucket: bucket)) { $1 }
        try await ReadinessProbe.withServer(variables) { probe, _ in
            try await probe.waitUntil(down: [])
            try await aws.removeBucket(bucket)
            try await probe.waitUntil(down: ["storage"])
            try await aws.removeQueue(settings)
            try await probe.waitUntil(down: ["storage", "queue"])
            _ = try await aws.makeBucket(bucket)
            try await probe.waitUntil(down: ["queue"])
            _ = try await aws.makeQueue(settings)
            try await probe.waitUntil(down: [])
        }
    }
}

extension PostgresTestServer {
    /// For connections from now on; those that are open end.
    fileprivate func setReadOnly(_ isOn: Bool) async throws {
        let statements = [
            "SET default_transaction_read_only = off", "ALTER DATABASE postgres SET default_transaction_read_only = \(isOn)",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'anb'",
        ]
        let arguments = ["/usr/bin/psql", url(), "-q"] + statements.flatMap { ["-c", $0] }
        let ending = try await Command.run(arguments)
        try expect(ending.code == 0, "psql: \(ending.standardError)")
    }
}
