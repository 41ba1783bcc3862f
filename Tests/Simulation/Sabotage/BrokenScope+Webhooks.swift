import ANBCore

// Passed on: webhooks.
extension BrokenScope {
    func webhookEvents(limit: Int) throws -> [WebhookEvent] { try base.webhookEvents(limit: limit) }
    func insertWebhookEvent(_ event: WebhookEvent) throws { try base.insertWebhookEvent(event) }
    func takeWebhookEvents(now: Timestamp, until: Timestamp, limit: Int) throws -> [WebhookEvent] {
        try base.takeWebhookEvents(now: now, until: until, limit: limit)
    }
    func noteWebhookFailure(_ event: WebhookEvent, problem: String, dueAt: Timestamp?) throws -> Bool {
        try base.noteWebhookFailure(event, problem: problem, dueAt: dueAt)
    }
    func removeWebhookEvent(_ id: WebhookEventID) throws { try base.removeWebhookEvent(id) }
    func replayWebhookEvent(_ id: WebhookEventID, now: Timestamp) throws -> Bool { try base.replayWebhookEvent(id, now: now) }
    func replayWebhookEvents(now: Timestamp) throws -> Int { try base.replayWebhookEvents(now: now) }
    func deleteWebhookEvents(queuedBefore limit: Timestamp) throws -> Int {
        try base.deleteWebhookEvents(queuedBefore: limit)
    }
}
