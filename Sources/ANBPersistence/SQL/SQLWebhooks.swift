import ANBCore

extension SQLScope {
    private static let webhookColumns =
        "id, kind, video_id, user_id, failure_code, at, attempts, queued_at, due_at, problem"

    func webhookEvents(limit: Int) throws -> [WebhookEvent] {
        try all("SELECT \(Self.webhookColumns) FROM webhook_events ORDER BY at, id LIMIT ?1", [limit], WebhookEvent.init)
    }

    func insertWebhookEvent(_ event: WebhookEvent) throws {
        try insert(
            into: "webhook_events", Self.webhookColumns,
            [
                event.id, event.kind.rawValue, event.videoID, event.userID, event.failureCode?.rawValue, event.at,
                event.attempts, event.queuedAt, event.dueAt, event.problem,
            ],
            conflict: .idTaken("webhook", event.id))
    }

    func takeWebhookEvents(now: Timestamp, until: Timestamp, limit: Int) throws -> [WebhookEvent] {
        let due = try all(Self.dueWebhooks, [now, limit]) { try $0.id() as WebhookEventID }
        let take = """
            UPDATE webhook_events SET attempts = attempts + 1, due_at = ?3 WHERE id = ?1 AND due_at <= ?2
            RETURNING \(Self.webhookColumns)
            """
        // In one order for all who take, so that none waits for another in a circle.
        let taken = try firstOfEach(take, due.sorted().map { [$0, now, until] }, WebhookEvent.init).compactMap { $0 }
        let places = Dictionary(uniqueKeysWithValues: due.enumerated().map { ($0.element, $0.offset) })
        return taken.sorted { (places[$0.id] ?? 0) < (places[$1.id] ?? 0) }
    }

    static let dueWebhooks = "SELECT id FROM webhook_events WHERE due_at <= ?1 ORDER BY due_at, id LIMIT ?2"

    func noteWebhookFailure(_ event: WebhookEvent, problem: String, dueAt: Timestamp?) throws -> Bool {
        let note = """
            UPDATE webhook_events SET problem = ?4, due_at = ?5 WHERE id = ?1 AND attempts = ?2 AND due_at = ?3
            """
        return try execute(note, [event.id, event.attempts, event.dueAt, problem, dueAt]) > 0
    }

    func removeWebhookEvent(_ id: WebhookEventID) throws {
        _ = try execute("DELETE FROM webhook_events WHERE id = ?1", [id])
    }

    func replayWebhookEvent(_ id: WebhookEventID, now: Timestamp) throws -> Bool {
        let replay = "UPDATE webhook_events SET attempts = 0, queued_at = ?2, due_at = ?2 WHERE id = ?1"
        return try execute(replay, [id, now]) > 0
    }

    func replayWebhookEvents(now: Timestamp) throws -> Int {
        try execute("UPDATE webhook_events SET attempts = 0, queued_at = ?1, due_at = ?1 WHERE due_at IS NULL", [now])
    }

    func deleteWebhookEvents(queuedBefore limit: Timestamp) throws -> Int {
        try execute("DELETE FROM webhook_events WHERE due_at IS NULL AND queued_at < ?1", [limit])
    }
}

extension WebhookEvent {
    fileprivate init(row: inout SQLRow) throws {
        self.init(
            id: try row.id(), kind: try row.value(), videoID: try row.id(), userID: try row.id(),
            failureCode: try row.optionalText().flatMap(FailureCode.init(rawValue:)), at: try row.time(), attempts: try row.int(),
            queuedAt: try row.time(), dueAt: try row.optionalTime(), problem: try row.optionalText())
    }
}
