/// Events that no receiver has heard of yet, for operators: those that wait for another try, and those that were given up.
public struct WebhookBacklog: Sendable {
    /// Events of one list.
    public static let entriesMax = 1000

    private let database: any Database
    private let clock: any WallClock
    private let ids: any IDGenerator

    /// The events in this database.
    public init(database: any Database, clock: any WallClock = SystemClock(), ids: any IDGenerator = SystemIDs()) {
        self.database = database
        self.clock = clock
        self.ids = ids
    }

    /// The oldest first.
    /// - Parameter limit: 1…1,000.
    public func list(limit: Int = entriesMax) async throws -> [WebhookEvent] {
        guard (1...Self.entriesMax).contains(limit) else {
            throw ANBError(.invalidRequest, "The limit must be from 1 to \(Self.entriesMax).")
        }
        return try await database.read { try $0.webhookEvents(limit: limit) }
    }

    /// Sends an event again at once, with all its tries ahead.
    /// - Throws: ``ANBError/Code/notFound`` when there is no such event: it was delivered, or is older than 30 days.
    public func replay(_ id: WebhookEventID) async throws {
        let now = clock.now
        let event = ids.auditEvent(at: now, by: .operator, .webhooksReplayed, .webhook(id))
        try await database.withTransaction { transaction in
            guard try transaction.replayWebhookEvent(id, now: now) else {
                throw ANBError(.notFound, "No webhook with the id \(id) waits or was given up.")
            }
            try transaction.recordAudit(event)
        }
    }

    /// Sends all that were given up again.
    /// - Returns: How many.
    public func replayGivenUp() async throws -> Int {
        let (now, ids) = (clock.now, ids)
        return try await database.withTransaction { transaction in
            let count = try transaction.replayWebhookEvents(now: now)
            if count > 0 {
                try transaction.recordAudit(
                    ids.auditEvent(at: now, by: .operator, .webhooksReplayed, .none, detail: "webhooks \(count)"))
            }
            return count
        }
    }
}
