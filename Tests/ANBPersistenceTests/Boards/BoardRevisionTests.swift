import ANBCore
import ANBRedis
import ANBTesting
import Foundation
import RedisTestServer
import Testing

@testable import ANBPersistence

@Suite(.timeLimit(.minutes(1))) struct BoardRevisionTests {
    @Test(arguments: BoardRevisionSuite.suite.cases)
    func inOneProcess(_ rule: ConformanceCase<BoardRevisionSuite.Subject>) async throws {
        let revision = LocalBoardRevision()
        try await rule.run(BoardRevisionSuite.Subject(revision: revision, other: revision))
    }

    @Test(arguments: BoardRevisionSuite.suite.cases)
    func onRedis(_ rule: ConformanceCase<BoardRevisionSuite.Subject>) async throws {
        let (url, prefix) = (try await SharedRedisServer.shared.url(), "boards-\(UUID().uuidString):")
        let revisions = try (0..<2).map { _ in try RedisBoardRevision(url: url, prefix: prefix) }
        try await rule.run(BoardRevisionSuite.Subject(revision: revisions[0], other: revisions[1]))
        for revision in revisions { await revision.close() }
    }

    @Test func aServerThatForgotAllNeverRepeatsItself() async throws {
        let server = try await RedisTestServer.start()
        let revision = try RedisBoardRevision(url: server.url)
        let client = try RedisClient(RedisEndpoint(url: server.url))
        for _ in 0..<50 { try await revision.advance() }
        let before = try await revision.current()
        _ = try await client.send(RedisCommand("FLUSHALL"))
        try expect(try await revision.current() > before, "it began again from below")
        _ = try await client.send(RedisCommand("FLUSHALL"))
        try await revision.advance()
        #expect(try await revision.current() > before)
        await client.close()
        await revision.close()
        await server.stop()
    }
}
