/// What may be read of webhooks.
public protocol WebhookReads {
    /// Events that were not delivered, the oldest first.
    func webhookEvents(limit: Int) throws -> [WebhookEvent]
}

/// What may be changed of webhooks.
public protocol WebhookWrites {
    /// - Throws: ``ANBError/Code/conflict`` when the id exists.
    func insertWebhookEvent(_ event: WebhookEvent) throws
    /// Begins a try of events that are due, the longest due first: each is counted and due again at `until`, should whoever
    /// took it die. Two who ask at once never get the same.
    func takeWebhookEvents(now: Timestamp, until: Timestamp, limit: Int) throws -> [WebhookEvent]
    /// Notes why a try failed and when the next one is due, `nil` for never; answers false when another try began since.
    /// - Parameters:
    ///   - event: As taken.
    ///   - problem: Why, for operators.
    ///   - dueAt: When the next try may begin.
    func noteWebhookFailure(_ event: WebhookEvent, problem: String, dueAt: Timestamp?) throws -> Bool
    /// Removes what was delivered.
    func removeWebhookEvent(_ id: WebhookEventID) throws
    /// Makes an event due at once with all its tries ahead, given up or not; answers false when there is no such event.
    func replayWebhookEvent(_ id: WebhookEventID, now: Timestamp) throws -> Bool
    /// The same for all that were given up; answers how many.
    func replayWebhookEvents(now: Timestamp) throws -> Int
    /// Removes what was given up and queued before; answers how many.
    func deleteWebhookEvents(queuedBefore limit: Timestamp) throws -> Int
}
