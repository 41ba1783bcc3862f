import ANBCore
import ANBRedis
import ANBTesting
import Foundation
import NIOCore
import RedisTestServer
import Testing

extension RedisClient {
    convenience init(_ url: String, limit: Duration = .seconds(5), clock: any WallClock = SystemClock()) throws {
        var timing = Timing()
        timing.answerLimit = limit
        try self.init(RedisEndpoint(url: url), timing: timing, clock: clock)
    }

    func text(_ parts: String...) async throws -> String? { try await send(RedisCommand(parts)).text }

    /// Repeats until the server answers again.
    func sendUntilAnswered(_ command: RedisCommand, limit: Duration = .seconds(20)) async throws -> RESPValue {
        let end = ContinuousClock.now + limit
        while true {
            do {
                return try await send(command)
            } catch {
                if ContinuousClock.now > end { throw error }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
    }
}

func withClient(
    _ url: String, limit: Duration = .seconds(5), isolation: isolated (any Actor)? = #isolation,
    _ body: (RedisClient) async throws -> Void
) async throws {
    let client = try RedisClient(url, limit: limit)
    do {
        try await body(client)
    } catch {
        await client.close()
        throw error
    }
    await client.close()
}

@Suite(.timeLimit(.minutes(2))) struct RedisClientTests {
    private let server = SharedRedisServer.shared

    @Test func valuesOfAnyBytesComeBack() async throws {
        try await withClient(server.url()) { client in
            for value in ["", "a\r\nb", "¡Olé! 🏀", String(repeating: "x", count: 3 << 20)] {
                _ = try await client.text("SET", "bytes", value)
                try expectEqual(try await client.text("GET", "bytes"), value)
            }
            try expectEqual(try await client.send(RedisCommand("GET", "absent")), .null)
        }
    }

    @Test func commandsOfManyTasksShareOneConnectionAndKeepTheirAnswers() async throws {
        try await withClient(server.url()) { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<1000 {
                    group.addTask { try expectEqual(try await client.text("ECHO", "\(number)"), "\(number)") }
                }
                try await group.waitForAll()
            }
            let name = "test-\(UUID().uuidString)"
            _ = try await client.text("CLIENT", "SETNAME", name)
            let clients = try #require(try await client.text("CLIENT", "LIST"))
            #expect(clients.split(separator: "\n").filter { $0.contains("name=\(name) ") }.count == 1)
        }
    }

    @Test func aBlockedCommandHoldsNobodyUp() async throws {
        try await withClient(server.url()) { client in
            let key = "list-\(UUID().uuidString)"
            async let popped = client.sendBlocking(RedisCommand("BLPOP", key, "20"), wait: .seconds(20))
            // The answer to the first proves that the second overtook it.
            for number in 0..<50 { try expectEqual(try await client.text("ECHO", "\(number)"), "\(number)") }
            _ = try await client.send(RedisCommand("RPUSH", key, "x"))
            try expectEqual(try await popped, .array([.bulk(ByteBuffer(string: key)), .bulk("x")]))
        }
    }

    @Test func aCancelledTaskStopsWaitingAtOnce() async throws {
        try await withClient(server.url()) { client in
            let task = Task { try await client.sendBlocking(RedisCommand("BLPOP", "never", "20"), wait: .seconds(20)) }
            let started = ContinuousClock.now
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(ContinuousClock.now - started < .seconds(5))
            try expectEqual(try await client.text("PING"), "PONG")
        }
    }

    @Test func anErrorOfTheServerIsThrownAndTheConnectionGoesOn() async throws {
        try await withClient(server.url()) { client in
            let error = try await expectError(.internal) { try await client.send(RedisCommand("NONSENSE")) }
            #expect((error.cause as? RedisServerError)?.code == "ERR")
            #expect(!error.userMessage.contains("NONSENSE"))
            try expectEqual(try await client.text("PING"), "PONG")
        }
    }

    @Test func aScriptTheServerForgotIsSentAgain() async throws {
        try await withClient(server.url()) { client in
            let script = RedisScript("return {KEYS[1], ARGV[1]}  -- \(UUID().uuidString)")
            for _ in 0..<2 {
                let reply = try await client.run(script, keys: ["k"], arguments: ["a"])
                #expect(reply == .array([.bulk("k"), .bulk("a")]))
            }
            try expectEqual(try await client.send(RedisCommand("SCRIPT", "EXISTS", script.digest)), .array([.integer(1)]))
            _ = try await client.send(RedisCommand("SCRIPT", "FLUSH"))
            try expectEqual(try await client.run(script, keys: ["k"], arguments: ["b"]).items?.last?.text, "b")
        }
    }

    @Test func databasesAreApart() async throws {
        let url = try await server.url()
        let key = "apart-\(UUID().uuidString)"
        try await withClient("\(url)/3") { _ = try await $0.text("SET", key, "three") }
        try await withClient("\(url)/3") { try expectEqual(try await $0.text("GET", key), "three") }
        try await withClient("\(url)/4") { try expectEqual(try await $0.text("GET", key), nil) }
        try await withClient(url) { try expectEqual(try await $0.text("GET", key), nil) }
        try await withClient("\(url)/99") { client in
            let error = try await expectError(.misconfigured) { try await client.send(RedisCommand("PING")) }
            #expect(error.userMessage == "REDIS_URL: the server has no database number 99.")
        }
    }

    @Test func aClosedClientRefuses() async throws {
        let client = try RedisClient(try await server.url())
        try expectEqual(try await client.text("PING"), "PONG")
        await client.close()
        try await expectError(.unavailable) { try await client.send(RedisCommand("PING")) }
        try await expectError(.unavailable) { try await client.sendBlocking(RedisCommand("PING"), wait: .zero) }
    }
}
