import ANBCore
import ANBRedis
import ANBTesting
import Foundation
import RedisTestServer
import Testing

@testable import ANBQueue

/// The server goes away, comes back, forgets, or was never right.
@Suite(.timeLimit(.minutes(2))) struct RedisQueueFaultTests {
    private func message(_ seed: UInt64 = 1) -> JobMessage {
        let ids = SequentialIDs(seed: seed)
        return JobMessage(
            jobID: ids.next(), kind: .processVideo, videoID: ids.next(), userID: ids.next(), originalKey: "a", correlationID: "c")
    }

    /// Until the queue is there again.
    private func repeating<Value>(_ body: () async throws -> Value) async throws -> Value {
        let end = ContinuousClock.now + .seconds(20)
        while true {
            do {
                return try await body()
            } catch let error as ANBError where error.code == .unavailable && ContinuousClock.now < end {
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }

    private func queue(_ url: String) throws -> RedisJobQueue {
        try RedisJobQueue(url: url, rules: .forTests, logger: RedisQueueUnderTest.quiet)
    }

    @Test func aServerThatLostItsDataIsUsedAtOnce() async throws {
        var server = try await RedisTestServer.start()
        let queue = try queue(server.url)
        try await queue.send([message(1)])
        let delivery = try await queue.receive(limit: 1, wait: .zero)[0]
        server = try await server.restarted()
        try await repeating { try await queue.check() }
        // A word about what is forgotten is harmless, and the relay sends again.
        try await queue.acknowledge(delivery)
        #expect(try await queue.receive(limit: 1, wait: .zero) == [])
        try await queue.send([message(1)])
        #expect(try await queue.receive(limit: 1, wait: .zero).map(\.message) == [message(1)])
        await queue.close()
        await server.stop()
    }

    @Test func aServerThatKeptItsDataGoesOnWhereItWas() async throws {
        var server = try await RedisTestServer.start(options: ["--appendonly", "yes", "--appendfsync", "always"])
        let queue = try queue(server.url)
        try await queue.send([message(1), message(2)])
        let delivery = try await queue.receive(limit: 1, wait: .zero)[0]
        server = try await server.restarted()
        try await repeating { try await queue.check() }
        #expect(try await queue.depth() == QueueDepth(ready: 1, inFlight: 1, delayed: 0, dead: 0))
        try await queue.acknowledge(delivery)
        #expect(try await queue.receive(limit: 10, wait: .zero).map(\.message) == [message(2)])
        await queue.close()
        await server.stop()
    }

    @Test func aReceiverThatWaitsLearnsThatTheServerWentAway() async throws {
        let server = try await RedisTestServer.start()
        let test = try RedisQueueUnderTest(url: server.url)
        let receiver = Task { try await test.queue.receive(limit: 1, wait: .seconds(20)) }
        try await test.untilBlocked()
        server.kill()
        try await expectError(.unavailable) { try await receiver.value }
        try await expectError(.unavailable) { try await test.queue.send([message()]) }
        try await expectError(.unavailable) { try await test.queue.check() }
        await test.queue.close()
        await server.stop()
    }

    @Test func aFullServerRefusesAndLosesNothing() async throws {
        try await withRedisServer(["--maxmemory", "1", "--maxmemory-policy", "noeviction"]) { server in
            let queue = try queue(server.url)
            try await expectError(.unavailable) { try await queue.send([message()]) }
            await queue.close()
        }
    }

    /// A key of another kind makes every move to the dead letters fail.
    @Test func aMessageThatCannotBeBuriedYetHidesNoOther() async throws {
        let test = try RedisQueueUnderTest(url: await SharedRedisServer.shared.url())
        _ = try await test.queue.client.send(RedisCommand("SET", test.queue.keys.dead, "in the way"))
        try await test.sendBody("not ours")
        try await test.queue.send([message()])
        #expect(try await test.queue.receive(limit: 10, wait: .zero).map(\.message) == [message()])

        _ = try await test.queue.client.send(RedisCommand("DEL", test.queue.keys.dead))
        try await test.pass(.seconds(30))
        #expect(try await test.queue.receive(limit: 10, wait: .zero).map(\.message) == [message()])
        #expect(try await test.queue.deadLetters(limit: 10).map(\.body) == ["not ours"])
        await test.queue.close()
    }

    @Test func wrongPasswordIsOneClearLine() async throws {
        try await withRedisServer(["--requirepass", "right"]) { server in
            let place = "127.0.0.1:\(server.port)"
            let wrong = try queue("redis://:hunter2@\(place)")
            let error = try await expectError(.misconfigured) { try await wrong.check() }
            #expect(error.operatorMessage == "Redis at redis://\(place)/0 refuses the user or the password of REDIS_URL")
            #expect(!"\(error)".contains("hunter2"))
            await wrong.close()
            let right = try queue("redis://:right@\(place)")
            try await right.send([message()])
            #expect(try await right.receive(limit: 1, wait: .zero).count == 1)
            await right.close()
        }
    }

    @Test func overTLS() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let certificate = try await TestCertificate(in: folder)
        try await withRedisServer(certificate.serverOptions) { server in
            let queue = try queue("rediss://127.0.0.1:\(server.port)/2?ssl_ca_certs=\(certificate.certificatePath)")
            try await queue.send([message()])
            #expect(try await queue.receive(limit: 1, wait: .seconds(5)).map(\.message) == [message()])
            await queue.close()
        }
    }
}
