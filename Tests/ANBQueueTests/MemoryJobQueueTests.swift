import ANBCore
import ANBTesting
import Testing

@testable import ANBQueue

/// What the queue in memory does beyond the rules of all queues.
@Suite struct MemoryJobQueueTests {
    private let clock = ManualClock()
    private let ids = SequentialIDs()
    private let queue: MemoryJobQueue

    init() { queue = MemoryJobQueue(visibility: .seconds(30), receivesMax: 3, clock: clock, ids: SequentialIDs(seed: 2)) }

    private func message() -> JobMessage {
        JobMessage(
            jobID: ids.next(), kind: .processVideo, videoID: ids.next(), userID: ids.next(), originalKey: "",
            correlationID: "")
    }

    private func receive(_ limit: Int = 10) async throws -> [JobDelivery] {
        try await queue.receive(limit: limit, wait: .zero)
    }

    @Test func messagesComeInTheOrderTheyWereSent() async throws {
        let messages = (0..<5).map { _ in message() }
        try await queue.send(messages)
        #expect(try await receive(2).map(\.message) == Array(messages[..<2]))
        #expect(try await receive().map(\.message) == Array(messages[2...]))
    }

    @Test func aRepeatedBellIsDroppedWhileTheFirstWaits() async throws {
        let message = message()
        try await queue.send([message, message])
        try await queue.send([message])
        #expect(try await queue.depth().ready == 1)
        #expect(try await receive().count == 1)
        #expect(try await receive().isEmpty)
    }

    @Test func aRepeatedBellIsKeptWhileTheFirstIsInFlight() async throws {
        let message = message()
        try await queue.send([message])
        let first = try await receive()
        try await queue.send([message])
        #expect(try await queue.depth() == QueueDepth(ready: 1, inFlight: 1, delayed: 0, dead: 0))
        try await queue.acknowledge(first[0])
        #expect(try await receive().map(\.message) == [message])
    }

    @Test func aRepeatedBellIsKeptAfterTheFirstWasAcknowledged() async throws {
        let message = message()
        try await queue.send([message])
        try await queue.acknowledge(try await receive()[0])
        try await queue.send([message])
        #expect(try await receive().count == 1)
    }

    @Test func aRepeatedBellEndsTheDelayOfTheFirst() async throws {
        let message = message()
        try await queue.send([message])
        try await queue.giveBack(try await receive()[0], after: .seconds(600))
        try await queue.send([message])
        #expect(try await queue.depth() == QueueDepth(ready: 1, inFlight: 0, delayed: 0, dead: 0))
        #expect(try await receive().map(\.receiveCount) == [2])
        #expect(try await queue.depth() == QueueDepth(ready: 0, inFlight: 1, delayed: 0, dead: 0))
    }

    @Test func anAcknowledgementAfterTheVisibilityStillCountsWhileNobodyElseHasIt() async throws {
        try await queue.send([message()])
        let delivery = try await receive()[0]
        clock.advance(by: .seconds(30))
        #expect(try await queue.depth().ready == 1)
        try await queue.acknowledge(delivery)
        #expect(try await receive().isEmpty)
    }

    @Test func aRedeliveryAndARepeatedBellMayBothWait() async throws {
        let message = message()
        try await queue.send([message])
        _ = try await receive()
        try await queue.send([message])
        clock.advance(by: .seconds(30))
        #expect(try await queue.depth().ready == 2)
        #expect(try await receive(1).count == 1)
        try await queue.send([message])
        #expect(try await queue.depth().ready == 1, "one waits still, so the bell is dropped")
    }

    @Test func aWaitingReceiverSleepsOnceAndNotInALoop() async throws {
        let receiver = Task { try await queue.receive(limit: 1, wait: .seconds(20)) }
        try await clock.waitForSleepers(1)
        #expect(clock.sleeperCount == 1)
        clock.advance(by: .seconds(19))
        #expect(clock.sleeperCount == 1, "it sleeps to the end of the wait")
        clock.advance(by: .seconds(1))
        #expect(try await receiver.value.isEmpty)
        #expect(clock.sleeperCount == 0)
    }

    @Test func manyReceiversAndSendersLoseNothing() async throws {
        let queue = MemoryJobQueue()
        let messages = (0..<400).map { _ in message() }
        let received = try await withThrowingTaskGroup(of: [JobID].self) { group in
            for _ in 0..<8 { group.addTask { try await Self.work(queue) } }
            try await withThrowingTaskGroup(of: Void.self) { senders in
                for part in 0..<4 {
                    senders.addTask {
                        for index in stride(from: part, to: 400, by: 4) { try await queue.send([messages[index]]) }
                    }
                }
                try await senders.waitForAll()
            }
            try await queue.send((0..<8).map { _ in lastMessage() })
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(received.count == 400)
        #expect(Set(received) == Set(messages.map(\.jobID)))
    }

    /// Sends a worker home.
    private func lastMessage() -> JobMessage {
        var message = message()
        message.kind = .deleteVideo
        return message
    }

    private static func work(_ queue: MemoryJobQueue) async throws -> [JobID] {
        var mine: [JobID] = []
        while true {
            guard let delivery = try await queue.receive(limit: 1, wait: .seconds(20)).first else { continue }
            try await queue.acknowledge(delivery)
            if delivery.message.kind == .deleteVideo { return mine }
            mine.append(delivery.message.jobID)
        }
    }
}
