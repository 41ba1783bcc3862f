public import ANBCore

/// Opens the webhooks that were not delivered, for one command that looks and changes nothing.
/// - Throws: ``ANBError`` when the database cannot be used.
public func readWebhooks<Value>(_ settings: Settings, _ body: (WebhookBacklog) async throws -> Value) async throws -> Value {
    try await readingDatabase(settings) { try await body(WebhookBacklog(database: $0)) }
}
