import ANBCore

extension JobQueueSuite {
    static let returning: [ConformanceCase<Subject>] = [
        ConformanceCase("a delivery that nobody acknowledges comes back after its visibility, counted") { subject in
            let message = try await subject.sendMessages(1)[0]
            let first = try await subject.receiveOne()
            try await subject.pass(subject.visibility - .seconds(1))
            try await subject.expectNothing("a second too early")
            try await subject.pass(.seconds(1))
            let second = try await subject.receiveOne()
            try expectEqual(second.message, message)
            try expectEqual(second.receiveCount, 2)
            try expect(second.receipt != first.receipt, "the receipt is the same")
        },
        ConformanceCase("an extended delivery comes back later") { subject in
            _ = try await subject.sendMessages(1)
            let delivery = try await subject.receiveOne()
            try await subject.pass(subject.visibility - .seconds(1))
            try await subject.queue.extend(delivery, by: .seconds(5))
            try await subject.pass(.seconds(4))
            try await subject.expectNothing("a second too early")
            try await subject.pass(.seconds(1))
            try expectEqual(try await subject.receiveOne().message, delivery.message)
        },
        ConformanceCase("extending counts from now, also downwards") { subject in
            _ = try await subject.sendMessages(1)
            try await subject.queue.extend(try await subject.receiveOne(), by: .seconds(1))
            try await subject.pass(.seconds(1))
            _ = try await subject.receiveOne()
        },
        ConformanceCase("a message that is given back at once is there at once, counted") { subject in
            _ = try await subject.sendMessages(1)
            try await subject.queue.giveBack(try await subject.receiveOne(), after: .zero)
            try expectEqual(try await subject.receiveOne().receiveCount, 2)
        },
        ConformanceCase("a message that is given back for later comes later") { subject in
            _ = try await subject.sendMessages(1)
            try await subject.queue.giveBack(try await subject.receiveOne(), after: .seconds(5))
            try await subject.pass(.seconds(4))
            try await subject.expectNothing("a second too early")
            try await subject.pass(.seconds(1))
            _ = try await subject.receiveOne()
        },
        ConformanceCase("a late acknowledgement does not end somebody else's delivery") { subject in
            let message = try await subject.sendMessages(1)[0]
            let late = try await subject.receiveOne()
            try await subject.pass(subject.visibility)
            let current = try await subject.receiveOne()
            try await subject.queue.acknowledge(late)
            // It counts either for nothing or for the message as a whole; the current holder's calls work on.
            try await subject.queue.extend(current, by: subject.visibility)
            try await subject.queue.acknowledge(current)
            try await subject.pass(subject.visibility)
            try await subject.expectNothing("\(message.jobID) came again")
        },
        ConformanceCase("several acknowledged at once never come again, also when one of them was before") { subject in
            let messages = try await subject.sendMessages(12)
            var deliveries: [JobDelivery] = []
            while deliveries.count < messages.count {
                let some = try await subject.queue.receive(limit: 10, wait: .seconds(1))
                try expect(!some.isEmpty, "\(messages.count - deliveries.count) messages are missing")
                deliveries += some
            }
            try await subject.queue.acknowledge(deliveries[3])
            try await subject.queue.acknowledge(deliveries)
            try await subject.queue.acknowledge([JobDelivery]())
            try await subject.pass(subject.visibility)
            try await subject.expectNothing("an acknowledged message came again")
        },
        ConformanceCase("a late giving back does not make a second delivery") { subject in
            _ = try await subject.sendMessages(1)
            let late = try await subject.receiveOne()
            try await subject.pass(subject.visibility)
            _ = try await subject.receiveOne()
            try await subject.queue.giveBack(late, after: .zero)
            try await subject.expectNothing()
        },
        ConformanceCase("a bell that rings while its job's message is in flight is not lost") { subject in
            let message = try await subject.sendMessages(1)[0]
            let first = try await subject.receiveOne()
            try await subject.queue.send([message])
            try await subject.queue.acknowledge(first)
            try await subject.pass(subject.visibility)
            let again = try await subject.queue.receive(limit: 1, wait: .zero)
            // A backend that remembers ids may drop it; one that delivers it delivers the same message.
            try expect(again.allSatisfy { $0.message == message }, "\(again)")
        },
    ]

    static let death: [ConformanceCase<Subject>] = [
        ConformanceCase("a message that was delivered too often is dead, with its body and a reason") { subject in
            let message = try await subject.killOne()
            let letters = try await subject.deadLetters.deadLetters(limit: 10)
            try expectEqual(letters.count, 1)
            try expect(letters[0].body.contains(message.jobID.description), "the body is not the message's")
            try expect(!letters[0].reason.isEmpty, "there is no reason")
            try expectEqual(letters[0].receiveCount, subject.receivesMax)
            try expectEqual(try await subject.queue.depth(), QueueDepth(ready: 0, inFlight: 0, delayed: 0, dead: 1))
        },
        ConformanceCase("the last allowed delivery can still be acknowledged") { subject in
            _ = try await subject.sendMessages(1)
            for _ in 1..<subject.receivesMax { try await subject.queue.giveBack(try await subject.receiveOne(), after: .zero) }
            try await subject.queue.acknowledge(try await subject.receiveOne())
            try await subject.pass(subject.visibility)
            try expectEqual(try await subject.deadLetters.deadLetters(limit: 10), [])
        },
        ConformanceCase("giving back counts as a delivery") { subject in
            _ = try await subject.sendMessages(1)
            for _ in 0..<subject.receivesMax { try await subject.queue.giveBack(try await subject.receiveOne(), after: .zero) }
            try await subject.expectNothing()
            try expectEqual(try await subject.deadLetters.deadLetters(limit: 10).count, 1)
        },
        ConformanceCase("a replayed letter is a fresh message") { subject in
            let message = try await subject.killOne()
            let letters = try await subject.deadLetters.deadLetters(limit: 10)
            try expectEqual(try await subject.replay(letters.map(\.id)), [.done])
            try expectEqual(try await subject.deadLetters.deadLetters(limit: 10), [])
            let delivery = try await subject.receiveOne()
            try expectEqual(delivery.message, message)
            try expectEqual(delivery.receiveCount, 1)
        },
        ConformanceCase("a replay wakes a receiver that waits") { subject in
            let message = try await subject.killOne()
            let letters = try await subject.deadLetters.deadLetters(limit: 10)
            let receiver = Task { try await subject.queue.receive(limit: 1, wait: .seconds(20)) }
            try await subject.untilPolling()
            _ = try await subject.replay(letters.map(\.id))
            try expectEqual(try await receiver.value.map(\.message), [message])
        },
        ConformanceCase("a purged letter is gone") { subject in
            _ = try await subject.killOne()
            let letters = try await subject.deadLetters.deadLetters(limit: 10)
            try expectEqual(try await subject.purge(letters.map(\.id)), [.done])
            try expectEqual(try await subject.deadLetters.deadLetters(limit: 10), [])
            try await subject.expectNothing()
        },
        ConformanceCase("replaying and purging unknown letters does nothing, also a second time") { subject in
            _ = try await subject.killOne()
            let ids = try await subject.deadLetters.deadLetters(limit: 10).map(\.id)
            try expectEqual(try await subject.purge(["unknown", "1-1"]), [.absent, .absent])
            try expectEqual(try await subject.replay(["unknown", "1-1"]), [.absent, .absent])
            try expectEqual(try await subject.purge(ids), [.done])
            try expectEqual(try await subject.purge(ids), [.absent])
            try expectEqual(try await subject.replay(ids), [.absent])
        },
        ConformanceCase("each letter of a batch has a fate of its own, and the others stay") { subject in
            for text in ["first", "second", "third"] { try await subject.sendBody(text) }
            try await subject.expectNothing()
            let ids = try await subject.letters()
            let (first, second, third) = (try require(ids["first"]), try require(ids["second"]), try require(ids["third"]))
            try expectEqual(try await subject.purge([first, "unknown", second]), [.done, .absent, .done])
            try expectEqual(try await subject.letters(), ["third": third])
        },
        ConformanceCase("letters that are replayed together are delivered once each") { subject in
            let messages = try await subject.sendMessages(5)
            for _ in 0..<(subject.receivesMax * messages.count) {
                try await subject.queue.giveBack(try await subject.receiveOne(), after: .zero)
            }
            try await subject.expectNothing("the messages are not dead")
            let ids = try await subject.deadLetters.deadLetters(limit: 100).map(\.id)
            try expectEqual(try await subject.replay(ids), Array(repeating: .done, count: messages.count))
            try expectEqual(try await subject.replay(ids), Array(repeating: .absent, count: messages.count))
            let jobs = try await subject.receiveAll().map(\.message.jobID)
            try expectEqual(Set(jobs), Set(messages.map(\.jobID)))
            try expectEqual(jobs.count, messages.count)
        },
        ConformanceCase("a replayed letter that still is no message dies again, with its body") { subject in
            try await subject.sendBody("not ours")
            try await subject.expectNothing()
            let old = try require(try await subject.letters()["not ours"])
            try expectEqual(try await subject.replay([old]), [.done])
            try await subject.expectNothing()
            try expectEqual(try await subject.letters().keys.sorted(), ["not ours"])
        },
        ConformanceCase("dead letters are listed up to a limit of 1…1,000") { subject in
            for text in ["first", "second"] { try await subject.sendBody(text) }
            try await subject.expectNothing()
            try expectEqual(try await subject.deadLetters.deadLetters(limit: 1).count, 1)
            try expectEqual(try await subject.deadLetters.deadLetters(limit: 1000).count, 2)
            for limit in [0, 1001] {
                try await expectError(.invalidRequest) { try await subject.deadLetters.deadLetters(limit: limit) }
            }
        },
        ConformanceCase("a body that is no message is dead at once, and the others are delivered") { subject in
            let bodies = [" ", "no json", "{}", #"{"job_id":"x"}"#, "[1,2]", "null", String(repeating: "[", count: 10_000)]
            for body in bodies { try await subject.sendBody(body) }
            let sent = try await subject.sendMessages(1)
            try expectEqual(try await subject.receiveAll().map(\.message), sent)
            let letters = try await subject.deadLetters.deadLetters(limit: 100)
            try expectEqual(Set(letters.map(\.body)), Set(bodies))
            try expect(letters.allSatisfy { !$0.reason.isEmpty }, "a letter has no reason")
        },
        ConformanceCase("a message of an unknown schema is dead at once") { subject in
            var message = try subject.message(SequentialIDs())
            message.schema = 2
            try await subject.queue.send([message])
            try await subject.expectNothing()
            try expect(try await subject.deadLetters.deadLetters(limit: 1).first?.reason.contains("schema") == true, "no reason")
        },
        ConformanceCase("a body that another system wrote is delivered") { subject in
            let ids = SequentialIDs()
            let (job, video, user) = (JobID(ids.uuid()), VideoID(ids.uuid()), UserID(ids.uuid()))
            try await subject.sendBody(
                """
                { "schema": 1, "kind": "video.process", "job_id": "\(job)", "video_id": "\(video)", "user_id": "\(user)",
                  "s3_key_original": "originals/1/a.mp4", "correlation_id": "c", "transformations": ["trim"], "more": 1 }
                """)
            let message = try await subject.receiveOne().message
            try expectEqual(message.jobID, job)
            try expectEqual(message.groupID, "user_\(user)")
            try expectEqual(message.originalKey, "originals/1/a.mp4")
        },
    ]
}
