import ANBCore
import ANBRedis
import ANBTesting
import Foundation
import RedisTestServer
import Testing

@testable import ANBQueue

/// What only the Redis queue does; what every queue does is in the suite.
@Suite(.timeLimit(.minutes(2))) struct RedisJobQueueTests {
    private func onSharedServer(_ body: (RedisQueueUnderTest) async throws -> Void) async throws {
        let test = try RedisQueueUnderTest(url: await SharedRedisServer.shared.url())
        try await body(test)
        await test.queue.close()
    }

    private func messages(_ count: Int, seed: UInt64 = 1) -> [JobMessage] {
        let ids = SequentialIDs(seed: seed)
        return (0..<count).map { number in
            JobMessage(
                jobID: ids.next(), kind: .processVideo, videoID: ids.next(), userID: ids.next(), originalKey: "originals/1/a.mp4",
                correlationID: "c\(number)")
        }
    }

    @Test func queuesWithDifferentPrefixesDoNotMeet() async throws {
        try await onSharedServer { one in
            let two = try RedisQueueUnderTest(url: await SharedRedisServer.shared.url())
            let sent = messages(2)
            try await one.queue.send([sent[0]])
            try await two.queue.send([sent[1]])
            #expect(try await one.queue.receive(limit: 10, wait: .zero).map(\.message) == [sent[0]])
            #expect(try await two.queue.receive(limit: 10, wait: .zero).map(\.message) == [sent[1]])
            #expect(try await one.queue.depth() == QueueDepth(ready: 0, inFlight: 1, delayed: 0, dead: 0))
            await two.queue.close()
        }
    }

    @Test func databasesOfOneServerDoNotMeet() async throws {
        let url = try await SharedRedisServer.shared.url()
        let one = try RedisQueueUnderTest(url: "\(url)/5", prefix: "same:")
        let two = try RedisQueueUnderTest(url: "\(url)/6", prefix: "same:")
        try await one.queue.send(messages(1))
        #expect(try await two.queue.receive(limit: 10, wait: .zero) == [])
        #expect(try await one.queue.receive(limit: 10, wait: .zero).count == 1)
        await one.queue.close()
        await two.queue.close()
    }

    @Test func workOfADeadProcessGoesToAnother() async throws {
        try await onSharedServer { dead in
            let sent = messages(3)
            try await dead.queue.send(sent)
            #expect(try await dead.queue.receive(limit: 10, wait: .zero).count == 3)
            await dead.queue.close()

            let alive = try RedisQueueUnderTest(
                url: await SharedRedisServer.shared.url(), prefix: dead.prefix, clock: dead.clock)
            #expect(try await alive.queue.receive(limit: 10, wait: .zero) == [])
            try await alive.pass(.seconds(30))
            let again = try await alive.queue.receive(limit: 10, wait: .zero)
            #expect(Set(again.map(\.message)) == Set(sent))
            #expect(again.allSatisfy { $0.receiveCount == 2 })
            await alive.queue.close()
        }
    }

    @Test func memoryIsBoundedAfterTenThousandMessages() async throws {
        try await onSharedServer { test in
            let all = messages(10_000)
            for start in stride(from: 0, to: all.count, by: 100) {
                try await test.queue.send(Array(all[start..<start + 100]))
                var left = 100
                while left > 0 {
                    let deliveries = try await test.queue.receive(limit: 10, wait: .zero)
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for delivery in deliveries { group.addTask { try await test.queue.acknowledge(delivery) } }
                        try await group.waitForAll()
                    }
                    left -= deliveries.count
                    try #require(!deliveries.isEmpty)
                }
            }
            #expect(try await test.queue.depth() == QueueDepth(ready: 0, inFlight: 0, delayed: 0, dead: 0))
            #expect(try await bytes(test) < 20_000)
        }
    }

    @Test func deadLettersAreBounded() async throws {
        var rules = RedisJobQueue.Rules.forTests
        rules.deadLettersMax = 200
        let test = try RedisQueueUnderTest(url: await SharedRedisServer.shared.url(), rules: rules)
        for number in 0..<1000 { try await test.sendBody("no message \(number)") }
        #expect(try await test.queue.receive(limit: 10, wait: .zero) == [])
        let letters = try await test.queue.deadLetters(limit: 1000)
        // The server cuts whole blocks of 100.
        #expect((200...300).contains(letters.count), "\(letters.count)")
        #expect(letters.last?.body == "no message 999")
        await test.queue.close()
    }

    @Test func everyKeyIsUnderThePrefix() async throws {
        try await withRedisServer { server in
            let test = try RedisQueueUnderTest(url: server.url, prefix: "club:")
            try await test.queue.send(messages(3))
            let deliveries = try await test.queue.receive(limit: 2, wait: .zero)
            try await test.queue.giveBack(deliveries[0], after: .seconds(5))
            try await test.sendBody("nonsense")
            _ = try await test.queue.receive(limit: 10, wait: .zero)
            let all = try await test.queue.client.send(RedisCommand("DBSIZE")).integer
            #expect(try await test.keyNames().count == 6)
            #expect(all == 6)
            await test.queue.close()
        }
    }

    @Test func aJobThatWaitsIsNotAddedTwiceAndABellEndsItsDelay() async throws {
        try await onSharedServer { test in
            let message = messages(1)
            try await test.queue.send(message + message)
            try await test.queue.send(message)
            let first = try await test.queue.receive(limit: 10, wait: .zero)
            #expect(first.count == 1)
            try await test.queue.giveBack(first[0], after: .seconds(60))
            #expect(try await test.queue.receive(limit: 10, wait: .zero) == [])
            try await test.queue.send(message)
            let second = try await test.queue.receive(limit: 10, wait: .zero)
            #expect(second.map(\.receiveCount) == [2])
            try await test.queue.acknowledge(second[0])
            #expect(try await test.queue.depth() == QueueDepth(ready: 0, inFlight: 0, delayed: 0, dead: 0))
        }
    }

    /// Somebody cut the stream by hand: what is said about its entries must not keep a job from being sent.
    @Test func aLostEntryDoesNotSwallowItsJob() async throws {
        try await onSharedServer { test in
            let message = messages(1)
            try await test.queue.send(message)
            _ = try await test.queue.client.send(RedisCommand("XTRIM", test.queue.keys.stream, "MAXLEN", "0"))
            #expect(try await test.queue.receive(limit: 10, wait: .zero) == [])
            try await test.queue.send(message)
            #expect(try await test.queue.receive(limit: 10, wait: .zero).map(\.message) == message)
        }
    }

    @Test func aGroupThatWasRemovedIsMadeAgain() async throws {
        try await onSharedServer { test in
            let sent = messages(2)
            try await test.queue.send(sent)
            let before = try await test.queue.receive(limit: 1, wait: .zero)
            _ = try await test.queue.client.send(RedisCommand("XGROUP", "DESTROY", test.queue.keys.stream, "workers"))
            try await test.queue.acknowledge(before[0])
            try await test.pass(.seconds(30))
            var seen = Set<JobMessage>()
            while case let some = try await test.queue.receive(limit: 10, wait: .zero), !some.isEmpty {
                for delivery in some {
                    seen.insert(delivery.message)
                    try await test.queue.acknowledge(delivery)
                }
            }
            #expect(seen == Set(sent))
            #expect(try await test.queue.depth() == QueueDepth(ready: 0, inFlight: 0, delayed: 0, dead: 0))
        }
    }

    @Test func manyReceiversWaitAndEveryMessageArrivesOnce() async throws {
        try await withRedisServer { server in
            let test = try RedisQueueUnderTest(url: server.url)
            let sent = messages(20)
            let received = try await withThrowingTaskGroup(of: [JobDelivery].self) { group in
                for _ in 0..<20 { group.addTask { try await test.queue.receive(limit: 1, wait: .seconds(20)) } }
                try await test.untilBlocked(20)
                try await test.queue.send(sent)
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(received.count == 20)
            #expect(Set(received.map(\.message)) == Set(sent))
            await test.queue.close()
        }
    }

    @Test(arguments: ["", "a b", "with{brace", "line\n", String(repeating: "x", count: 101)])
    func refusesAPrefix(_ prefix: String) throws {
        let error = try #require(throws: ANBError.self) {
            try RedisJobQueue(url: "redis://localhost", prefix: prefix, logger: RedisQueueUnderTest.quiet)
        }
        #expect(error.code == .misconfigured)
        #expect(error.userMessage.contains("REDIS_PREFIX"))
    }

    @Test func refusesReceiptsOfAnotherQueue() async throws {
        try await onSharedServer { test in
            for receipt in ["", "x", "1-1", "1-1/", "/1", "a-b/1", "1-1/x", "+1-1/1"] {
                let foreign = JobDelivery(message: messages(1)[0], receipt: receipt, receiveCount: 1)
                try await expectError(.invalidRequest) { try await test.queue.acknowledge(foreign) }
            }
            // One of an entry that is gone is harmless.
            try await test.queue.acknowledge(JobDelivery(message: messages(1)[0], receipt: "1-1/1", receiveCount: 1))
        }
    }

    private func bytes(_ test: RedisQueueUnderTest) async throws -> Int64 {
        var sum: Int64 = 0
        for key in try await test.keyNames() {
            sum += try await test.queue.client.send(RedisCommand("MEMORY", "USAGE", key, "SAMPLES", "0")).integer ?? 0
        }
        return sum
    }
}
