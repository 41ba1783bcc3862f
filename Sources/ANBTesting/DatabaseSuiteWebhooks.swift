import ANBCore

extension DatabaseSuite {
    static let webhookCases: [ConformanceCase<any Database>] = [
        rule("a webhook is kept as it is until it is delivered, and listed by age") { stage in
            let (late, early) = (stage.samples.webhook(at: stage.time(2)), stage.samples.webhook(at: stage.time(1)))
            var failed = stage.samples.webhook(at: stage.time(3))
            (failed.kind, failed.failureCode, failed.attempts, failed.problem) = (.failed, .tooShort, 4, "ñ")
            (failed.queuedAt, failed.dueAt) = (stage.time(5), nil)
            let events = [late, early, failed]
            try await stage.write { transaction in for event in events { try transaction.insertWebhookEvent(event) } }
            try expectEqual(try await stage.webhooks(), [early, late, failed])
            try expectEqual(try await stage.read { try $0.webhookEvents(limit: 1) }, [early])
            do {
                try await stage.write { try $0.insertWebhookEvent(late) }
                throw ConformanceFailure("an id was taken twice")
            } catch let error as ANBError {
                try expectEqual(error.code, .conflict)
            }
            try await stage.write { try $0.removeWebhookEvent(late.id) }
            try await stage.write { try $0.removeWebhookEvent(late.id) }
            try expectEqual(try await stage.webhooks(), [early, failed])
        },
        rule("a webhook is undone with what it tells of") { stage in
            let event = stage.samples.webhook(at: stage.time(1))
            _ = try? await stage.write { transaction in
                try transaction.insertWebhookEvent(event)
                throw ConformanceFailure("the work failed")
            }
            try expectEqual(try await stage.webhooks(), [])
        },
        rule("due webhooks are taken, the longest due first, and are due again when their taker should be dead") { stage in
            let events = [30.0, 10, 10.001, 20].map { stage.samples.webhook(at: stage.time($0)) }
            try await stage.write { transaction in for event in events { try transaction.insertWebhookEvent(event) } }
            try expectEqual(try await stage.take(at: 9.999), [])
            let first = try await stage.take(at: 25, limit: 2)
            try expectEqual(first.map(\.id), [events[1].id, events[2].id])
            try expectEqual(first.map(\.attempts), [1, 1])
            try expectEqual(first.map(\.dueAt), [stage.time(85), stage.time(85)])
            try expectEqual(try await stage.take(at: 25).map(\.id), [events[3].id])
            try expectEqual(try await stage.take(at: 84.999).map(\.id), [events[0].id])
            let again = try await stage.take(at: 85)
            try expectEqual(again.map(\.id).prefix(2), [events[1].id, events[2].id])
            try expectEqual(again.map(\.attempts), [2, 2, 2])
        },
        rule("of many who take at once each gets others") { stage in
            let events = (0..<40).map { _ in stage.samples.webhook(at: stage.time(1)) }
            try await stage.write { transaction in for event in events { try transaction.insertWebhookEvent(event) } }
            let taken = try await withThrowingTaskGroup(of: [WebhookEventID].self) { group in
                for _ in 0..<12 { group.addTask { try await stage.take(at: 2, limit: 7).map(\.id) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            try expectEqual(Set(taken).count, taken.count)
            let rest = try await stage.take(at: 2, limit: 100).map(\.id)
            try expectEqual(Set(taken + rest), Set(events.map(\.id)))
            try expectEqual(taken.count + rest.count, events.count)
        },
        rule("a failed try is put off or given up by who made it, and by nobody later") { stage in
            let event = stage.samples.webhook(at: stage.time(1))
            try await stage.write { try $0.insertWebhookEvent(event) }
            let first = try require(try await stage.take(at: 1).first)
            try expectEqual(try await stage.fail(first, at: 5), true)
            try expectEqual(try await stage.fail(first, at: 6), false)
            try expectEqual(try await stage.webhooks().first?.problem, "no answer")
            try expectEqual(try await stage.take(at: 4.999), [])
            let second = try require(try await stage.take(at: 5).first)
            try expectEqual(second.attempts, 2)
            try expectEqual(try await stage.fail(first, at: 7), false)
            try expectEqual(try await stage.fail(second, at: nil), true)
            try expectEqual(try await stage.take(at: 99_999), [])
            try expectEqual(try await stage.webhooks().map(\.dueAt), [nil])
        },
        rule("replayed webhooks are due at once with all their tries ahead") { stage in
            let events = (0..<3).map { stage.samples.webhook(at: stage.time(Double($0))) }
            try await stage.write { transaction in for event in events { try transaction.insertWebhookEvent(event) } }
            for event in try await stage.take(at: 5).prefix(2) { _ = try await stage.fail(event, at: nil) }
            let now = stage.time(7)
            try expectEqual(try await stage.write { try $0.replayWebhookEvent(events[0].id, now: now) }, true)
            let absent: WebhookEventID = stage.samples.ids.next()
            try expectEqual(try await stage.write { try $0.replayWebhookEvent(absent, now: now) }, false)
            try expectEqual(try await stage.write { try $0.replayWebhookEvents(now: now) }, 1)
            try expectEqual(try await stage.write { try $0.replayWebhookEvents(now: now) }, 0)
            let taken = try await stage.take(at: 7)
            try expectEqual(taken.map(\.id), [events[0].id, events[1].id])
            try expectEqual(taken.map(\.attempts), [1, 1])
            try expectEqual(taken.map(\.queuedAt), [now, now])
            try expectEqual(taken.map(\.at), [events[0].at, events[1].at])
        },
        rule("what was given up is forgotten after its time, what waits is not") { stage in
            let (given, waiting) = (stage.samples.webhook(at: stage.time(1)), stage.samples.webhook(at: stage.time(2)))
            try await stage.write { transaction in
                for event in [given, waiting] { try transaction.insertWebhookEvent(event) }
            }
            _ = try await stage.fail(try require(try await stage.take(at: 1).first), at: nil)
            let (edge, past) = (stage.time(1), stage.time(99))
            try expectEqual(try await stage.write { try $0.deleteWebhookEvents(queuedBefore: edge) }, 0)
            try expectEqual(try await stage.write { try $0.deleteWebhookEvents(queuedBefore: past) }, 1)
            try expectEqual(try await stage.webhooks(), [waiting])
        },
        rule("nobody is told any more what became of an erased account's videos") { stage in
            let (gone, other) = (try await stage.addUser(), try await stage.addUser())
            let now = stage.time(5)
            let events = [gone, other].map { stage.samples.webhook(of: $0.id, at: now) }
            try await stage.write { transaction in
                for event in events { try transaction.insertWebhookEvent(event) }
                _ = try transaction.eraseUser(gone.id, at: now)
            }
            try expectEqual(try await stage.webhooks(), [events[1]])
            try expectEqual(try await stage.write { try $0.removeErasedUsers() }, 1)
        },
    ]
}

extension DatabaseStage {
    fileprivate func webhooks() async throws -> [WebhookEvent] { try await read { try $0.webhookEvents(limit: 1000) } }

    /// For a minute.
    fileprivate func take(at seconds: Double, limit: Int = 100) async throws -> [WebhookEvent] {
        let (now, until) = (time(seconds), time(seconds + 60))
        return try await write { try $0.takeWebhookEvents(now: now, until: until, limit: limit) }
    }

    fileprivate func fail(_ event: WebhookEvent, at seconds: Double?) async throws -> Bool {
        let dueAt = seconds.map(time)
        return try await write { try $0.noteWebhookFailure(event, problem: "no answer", dueAt: dueAt) }
    }
}
