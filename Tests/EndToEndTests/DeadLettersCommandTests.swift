import ANBCore
import ANBQueue
import ANBTesting
import AWSTestServer
import Foundation
import Logging
import RedisTestServer
import Testing

/// A worker that finds messages which are none of ours, and the commands about what it put aside.
@Suite(.timeLimit(.minutes(3))) struct DeadLettersCommandTests {
    private struct Letter: Decodable {
        var id: String
        var reason: String?
        var outcome: String?
        var body: String?
    }

    @Test func onRedis() async throws {
        let redis = try await RedisTestServer.start()
        let queue = try RedisJobQueue(url: redis.url, logger: .silent)
        try await check(queue, ["QUEUE_BACKEND": "redis", "REDIS_URL": redis.url])
        await queue.close()
        await redis.stop()
    }

    @Test(arguments: [true, false]) func onSQS(_ fifo: Bool) async throws {
        let aws = try await AWSTestServer.shared()
        let settings = aws.sqsSettings(fifo: fifo)
        try await check(try await aws.makeQueue(settings), aws.sqsVariables(settings))
    }

    @Test func aQueueInMemoryHasNoLettersForAnotherProcess() async throws {
        try await StartErrorsProgram.inFolder { program in
            #expect(try await program.run(["anb-api", "migrate"]).code == 0)
            let ending = try await program.run(["anb-worker", "dead-letters", "list", "--json"])
            #expect(ending.code == 0)
            #expect(try JSONDecoder().decode([Letter].self, from: Data(ending.standardOutput.utf8)).isEmpty)
        }
    }

    private func check(_ queue: some JobQueue & DeadLetterQueue, _ settings: [String: String]) async throws {
        try await StartErrorsProgram.inFolder { program in
            // Between two foreign ones, a message in our form: its job does not exist, its key wants to lead elsewhere.
            try await queue.send([.foreign(1), .ours(originalKey: "../../etc/passwd"), .foreign(2)])
            try await program.whileRunning(["anb-worker", "run"], settings) {
                try await queue.waitUntilDead(2)
                try await queue.waitUntilEmpty()
            }
            func dead(_ arguments: [String], code: Int32 = 0) async throws -> [Letter] {
                let ending = try await program.run(["anb-worker", "dead-letters"] + arguments + ["--json"], settings)
                #expect(ending.code == code, "\(arguments): \(ending)")
                return (try? JSONDecoder().decode([Letter].self, from: Data(ending.standardOutput.utf8))) ?? []
            }
            let letters = try await dead(["list"])
            #expect(letters.count == 2)
            #expect(letters.allSatisfy { $0.reason == "schema 9 is not supported" && $0.id.hasPrefix("queue:") }, "\(letters)")
            let (first, second) = (try #require(letters.first).id, try #require(letters.last).id)

            let shown = try await program.run(["anb-worker", "dead-letters", "show", first], settings)
            #expect(shown.code == 0)
            #expect(shown.standardOutput.contains("reason: schema 9 is not supported"))
            _ = try await dead(["show", "queue:1-1"], code: 66)
            _ = try await dead(["purge", "--fingerprint", "unheard of", "--yes"], code: 66)
            _ = try await dead(["show", "nonsense"], code: 64)
            _ = try await dead(["purge", first], code: 64)
            _ = try await dead(["replay"], code: 64)
            #expect(try await dead(["list"]).count == 2)

            #expect(try await dead(["purge", first, "--yes"]).map(\.outcome) == ["purged"])
            let again = try await dead(["purge", first, second, "--yes"], code: 66)
            #expect(Set(again.map { "\($0.id) \($0.outcome ?? "")" }) == ["\(first) absent", "\(second) purged"])
            #expect(try await dead(["list"]).isEmpty)
        }
    }
}

extension JobMessage {
    /// Of a schema that this version does not know.
    static func foreign(_ seed: UInt64 = 1) -> JobMessage {
        var message = ours(seed, originalKey: "a")
        message.schema = 9
        return message
    }

    static func ours(_ seed: UInt64 = 100, originalKey: String) -> JobMessage {
        let ids = SequentialIDs(seed: seed)
        return JobMessage(
            jobID: ids.next(), kind: .processVideo, videoID: ids.next(), userID: ids.next(), originalKey: originalKey,
            correlationID: "c")
    }
}

extension JobQueue {
    func waitUntilDead(_ count: Int) async throws { try await wait { $0.dead == count } }
    func waitUntilEmpty() async throws { try await wait { $0.ready + $0.inFlight + $0.delayed == 0 } }

    private func wait(_ isSo: (QueueDepth) -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while true {
            let depth = try await depth()
            if isSo(depth) { return }
            try expect(ContinuousClock.now < end, "the queue stays at \(depth)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
