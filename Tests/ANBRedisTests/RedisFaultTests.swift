import ANBCore
import ANBRedis
import ANBTesting
import NIOCore
import NIOPosix
import RedisTestServer
import Testing

@Suite(.timeLimit(.minutes(2))) struct RedisFaultTests {
    @Test func aServerThatDoesNotStartFailsTheTest() async throws {
        await #expect(throws: RedisTestServer.Failure.self) { try await RedisTestServer.start(options: ["--nonsense", "1"]) }
    }

    @Test func aServerThatComesBackIsUsedAgain() async throws {
        var server = try await RedisTestServer.start()
        try await withClient(server.url) { client in
            for round in 0..<3 {
                try expectEqual(try await client.sendUntilAnswered(RedisCommand("ECHO", "\(round)")).text, "\(round)")
                server = try await server.restarted()
            }
            try expectEqual(try await client.sendUntilAnswered(RedisCommand("PING")).text, "PONG")
            await server.stop()
            try await expectError(.unavailable) { try await client.send(RedisCommand("PING")) }
        }
    }

    @Test func commandsOnTheirWayFailWhenTheServerDies() async throws {
        let server = try await RedisTestServer.start()
        try await withClient(server.url) { client in
            try expectEqual(try await client.text("PING"), "PONG")
            server.freeze()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        await #expect(throws: ANBError.self) { try await client.send(RedisCommand("PING")) }
                    }
                }
                server.kill()
            }
        }
        await server.stop()
    }

    @Test func aServerThatDoesNotAnswerIsGivenUpAndUsedAgainLater() async throws {
        try await withRedisServer { server in
            try await withClient(server.url, limit: .milliseconds(200)) { client in
                try expectEqual(try await client.text("PING"), "PONG")
                server.freeze()
                let error = try await expectError(.unavailable) { try await client.send(RedisCommand("PING")) }
                #expect(error.operatorMessage.contains("did not answer in time"))
                try await expectError(.unavailable) {
                    try await client.sendBlocking(RedisCommand("BLPOP", "x", "0.01"), wait: .milliseconds(10))
                }
                server.thaw()
                try expectEqual(try await client.sendUntilAnswered(RedisCommand("PING")).text, "PONG")
            }
        }
    }

    @Test func afterAFailureTheNextAttemptWaitsItsTurn() async throws {
        let server = try await RedisTestServer.start()
        await server.stop()
        let clock = ManualClock()
        let client = try RedisClient(RedisEndpoint(url: server.url), clock: clock, ids: SequentialIDs())
        let first = try await expectError(.unavailable) { try await client.send(RedisCommand("PING")) }
        #expect(first.operatorMessage.contains("cannot be reached"))
        let second = try await expectError(.unavailable) { try await client.send(RedisCommand("PING")) }
        #expect(second.operatorMessage.contains("could not be reached just now"))
        guard case .retryLater(let after) = second.recovery else {
            Issue.record("\(second.recovery)")
            return
        }
        #expect(after > .zero && after <= .milliseconds(50))
        clock.advance(by: after)
        let third = try await expectError(.unavailable) { try await client.send(RedisCommand("PING")) }
        #expect(third.operatorMessage.contains("cannot be reached"))
        await client.close()
    }

    @Test func aServerThatIsFullSaysSo() async throws {
        try await withRedisServer(["--maxclients", "1"]) { server in
            try await withClient(server.url) { first in
                try expectEqual(try await first.text("PING"), "PONG")
                try await withClient(server.url) { second in
                    try await expectError(.unavailable) { try await second.send(RedisCommand("PING")) }
                }
                try expectEqual(try await first.text("PING"), "PONG")
            }
        }
    }

    @Test(arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "*99999999999\r\n", "$5\r\nhello!!", "+OK\r\n+OK\r\n+more\r\n"])
    func aServerThatSpeaksSomethingElseIsRefused(_ words: String) async throws {
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Parrot(words)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(listener.localAddress?.port)
        try await withClient("redis://127.0.0.1:\(port)", limit: .seconds(1)) { client in
            try await expectError(.unavailable) { try await client.send(RedisCommand("PING")) }
        }
        try await listener.close()
    }

    @Test func aHostThatDoesNotExist() async throws {
        try await withClient("redis://nowhere.invalid") { client in
            let error = try await expectError(.unavailable) { try await client.send(RedisCommand("PING")) }
            #expect(error.operatorMessage == "Redis at redis://nowhere.invalid:6379/0 cannot be reached")
        }
    }
}

/// Answers everything with the same words.
private final class Parrot: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let words: String

    init(_ words: String) { self.words = words }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: words)), promise: nil)
    }
}
