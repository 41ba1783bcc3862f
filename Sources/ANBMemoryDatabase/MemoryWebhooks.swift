import ANBCore

extension MemoryTables {
    func webhookEvents(limit: Int) throws -> [WebhookEvent] {
        Array(undelivered.values.sorted { ($0.at, $0.id) < ($1.at, $1.id) }.prefix(limit))
    }

    func insertWebhookEvent(_ event: WebhookEvent) throws {
        if undelivered[event.id] != nil { throw ANBError.idTaken("webhook", event.id) }
        undelivered[event.id] = event
    }

    func takeWebhookEvents(now: Timestamp, until: Timestamp, limit: Int) throws -> [WebhookEvent] {
        let due = undelivered.values.compactMap { event in event.dueAt.map { (at: $0, event: event) } }.filter { $0.at <= now }
        return due.sorted { ($0.at, $0.event.id) < ($1.at, $1.event.id) }.prefix(limit).map { due in
            var event = due.event
            event.attempts += 1
            event.dueAt = until
            undelivered[event.id] = event
            return event
        }
    }

    func noteWebhookFailure(_ event: WebhookEvent, problem: String, dueAt: Timestamp?) throws -> Bool {
        guard var kept = undelivered[event.id], kept.attempts == event.attempts, kept.dueAt == event.dueAt else { return false }
        kept.problem = problem
        kept.dueAt = dueAt
        undelivered[event.id] = kept
        return true
    }

    func removeWebhookEvent(_ id: WebhookEventID) throws { undelivered[id] = nil }

    func replayWebhookEvent(_ id: WebhookEventID, now: Timestamp) throws -> Bool {
        guard var event = undelivered[id] else { return false }
        (event.attempts, event.queuedAt, event.dueAt) = (0, now, now)
        undelivered[id] = event
        return true
    }

    func replayWebhookEvents(now: Timestamp) throws -> Int {
        let givenUp = undelivered.values.filter { $0.dueAt == nil }
        for event in givenUp { _ = try replayWebhookEvent(event.id, now: now) }
        return givenUp.count
    }

    func deleteWebhookEvents(queuedBefore limit: Timestamp) throws -> Int {
        let old = undelivered.values.filter { $0.dueAt == nil && $0.queuedAt < limit }
        for event in old { undelivered[event.id] = nil }
        return old.count
    }
}
