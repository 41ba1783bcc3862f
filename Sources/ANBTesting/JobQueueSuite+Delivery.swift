import ANBCore

extension JobQueueSuite {
    static let delivery: [ConformanceCase<Subject>] = [
        ConformanceCase("an empty queue delivers nothing and does not wait when told so") { subject in
            try await subject.expectNothing()
        },
        ConformanceCase("a message comes out as it went in") { subject in
            let message = try await subject.sendMessages(1)[0]
            let delivery = try await subject.receiveOne()
            try expectEqual(delivery.message, message)
            try expectEqual(delivery.receiveCount, 1)
            try expect(!delivery.receipt.isEmpty, "there is no receipt")
        },
        ConformanceCase("a message of another kind and without original comes out as it went in") { subject in
            var message = try subject.message(SequentialIDs(), kind: .deleteVideo)
            message.originalKey = ""
            message.transformations = []
            message.correlationID = "\"quotes\", lines\n, ümlauts and 🎬"
            try await subject.queue.send([message])
            try expectEqual(try await subject.receiveOne().message, message)
        },
        ConformanceCase("sending nothing is harmless") { subject in
            try await subject.queue.send([])
            try await subject.expectNothing()
        },
        ConformanceCase("every one of many messages is delivered") { subject in
            let sent = try await subject.sendMessages(35)
            let received = try await subject.receiveAll().map(\.message)
            try expectEqual(Set(received), Set(sent))
        },
        ConformanceCase("one receive delivers at most its limit") { subject in
            _ = try await subject.sendMessages(12)
            try expect(try await subject.queue.receive(limit: 3, wait: .zero).count <= 3, "more than 3")
            try expect(try await subject.queue.receive(limit: 10, wait: .zero).count <= 10, "more than 10")
        },
        ConformanceCase("a limit outside of 1…10 or a wait outside of 0…20 s is refused") { subject in
            for limit in [0, 11, -1] {
                try await expectError(.invalidRequest) { try await subject.queue.receive(limit: limit, wait: .zero) }
            }
            for wait in [Duration.milliseconds(20_001), .seconds(-1)] {
                try await expectError(.invalidRequest) { try await subject.queue.receive(limit: 1, wait: wait) }
            }
        },
        ConformanceCase("a delivery is hidden from others") { subject in
            _ = try await subject.sendMessages(1)
            _ = try await subject.receiveOne()
            try await subject.expectNothing()
        },
        ConformanceCase("each of many concurrent receivers gets its own messages") { subject in
            let sent = try await subject.sendMessages(40)
            let received = try await withThrowingTaskGroup(of: [JobDelivery].self) { group in
                for _ in 0..<8 { group.addTask { try await subject.receiveAll() } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            try expectEqual(received.count, 40)
            try expectEqual(Set(received.map(\.message)), Set(sent))
        },
        ConformanceCase("an acknowledged message never comes back") { subject in
            _ = try await subject.sendMessages(1)
            try await subject.queue.acknowledge(try await subject.receiveOne())
            try await subject.pass(subject.visibility)
            try await subject.expectNothing()
        },
        ConformanceCase("acknowledging one message leaves the others") { subject in
            _ = try await subject.sendMessages(2)
            let first = try await subject.receiveOne()
            let second = try await subject.receiveOne()
            try await subject.queue.acknowledge(first)
            try await subject.pass(subject.visibility)
            try expectEqual(try await subject.receiveAll().map(\.message), [second.message])
        },
        ConformanceCase("acknowledging twice is harmless") { subject in
            _ = try await subject.sendMessages(1)
            let delivery = try await subject.receiveOne()
            try await subject.queue.acknowledge(delivery)
            try await subject.queue.acknowledge(delivery)
            try expectEqual(try await subject.queue.depth(), QueueDepth(ready: 0, inFlight: 0, delayed: 0, dead: 0))
        },
        ConformanceCase("a message that was sent twice is delivered at least once, and can be finished") { subject in
            let message = try await subject.sendMessages(1)[0]
            try await subject.queue.send([message])
            let deliveries = try await subject.receiveAll()
            try expect((1...2).contains(deliveries.count), "\(deliveries.count) deliveries")
            for delivery in deliveries { try await subject.queue.acknowledge(delivery) }
            try await subject.pass(subject.visibility)
            try await subject.expectNothing()
        },
        ConformanceCase("the depth tells what waits, is in flight and is delayed") { subject in
            _ = try await subject.sendMessages(5)
            // On a busy machine it must not come back before its turn to be counted.
            try await subject.queue.extend(try await subject.receiveOne(), by: .seconds(60))
            try await subject.queue.giveBack(try await subject.receiveOne(), after: .seconds(60))
            let depth = try await subject.queue.depth()
            try expectEqual(depth.ready, 3)
            // Some backends count what was given back for later as in flight.
            try expectEqual(depth.inFlight + depth.delayed, 2)
            try expectEqual(depth.dead, 0)
        },
        ConformanceCase("the queue says that it answers") { subject in try await subject.queue.check() },
    ]

    static let waiting: [ConformanceCase<Subject>] = [
        ConformanceCase("a receiver that waits is woken by a message") { subject in
            let receiver = Task { try await subject.queue.receive(limit: 1, wait: .seconds(20)) }
            try await subject.untilPolling()
            let sent = try await subject.sendMessages(1)
            try expectEqual(try await receiver.value.map(\.message), sent)
        },
        ConformanceCase("a receiver that waits in vain returns with nothing") { subject in
            let receiver = Task { try await subject.queue.receive(limit: 1, wait: .seconds(2)) }
            try await subject.untilPolling()
            try await subject.pass(.seconds(2))
            try expectEqual(try await receiver.value, [])
        },
        ConformanceCase("a receiver that waits is woken when a delivery comes back") { subject in
            _ = try await subject.sendMessages(1)
            let first = try await subject.receiveOne()
            try await subject.queue.extend(first, by: .seconds(3))
            let receiver = Task { try await subject.queue.receive(limit: 1, wait: .seconds(20)) }
            try await subject.untilPolling()
            try await subject.pass(.seconds(3))
            try expectEqual(try await receiver.value.map(\.message), [first.message])
        },
        ConformanceCase("a receiver that waits is woken when a message is given back") { subject in
            _ = try await subject.sendMessages(1)
            let first = try await subject.receiveOne()
            let receiver = Task { try await subject.queue.receive(limit: 1, wait: .seconds(20)) }
            try await subject.untilPolling()
            try await subject.queue.giveBack(first, after: .zero)
            try expectEqual(try await receiver.value.map(\.message), [first.message])
        },
        // A server may hand a message to a connection that is just being closed; it comes back like any other.
        ConformanceCase("a cancelled receiver stops waiting and loses nothing") { subject in
            let receiver = Task { try await subject.queue.receive(limit: 1, wait: .seconds(20)) }
            try await subject.untilPolling()
            receiver.cancel()
            _ = await receiver.result
            let sent = try await subject.sendMessages(1)
            var received = try await subject.queue.receive(limit: 1, wait: .zero)
            if received.isEmpty {
                try await subject.pass(subject.visibility)
                received = try await subject.queue.receive(limit: 1, wait: .zero)
            }
            try expectEqual(received.map(\.message), sent)
        },
    ]
}
