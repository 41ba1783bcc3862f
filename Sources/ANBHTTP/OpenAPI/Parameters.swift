import ANBCore

extension Operation.Parameter {
    static func limit(default count: Int = Page().limit) -> Self {
        Self(
            place: .query, name: "limit", summary: "Entries of a page.",
            schema: [
                "type": "integer", "minimum": 1, "maximum": .integer(Int64(Limits.pageSizeMax)),
                "default": .integer(Int64(count)),
            ])
    }

    static let offset = Self(
        place: .query, name: "offset", summary: "Entries to skip.",
        schema: ["type": "integer", "minimum": 0, "maximum": .integer(Int64(FormValues.offsetMax)), "default": 0])

    static let city = Self(
        place: .query, name: "city", summary: "Only this city; case and accents do not matter.",
        schema: ["type": "string", "maxLength": .integer(Int64(Limits.nameCharactersMax)), "example": "Bogotá"])

    static let sort = Self(
        place: .query, name: "sort", summary: "Most votes first, or newest first.",
        schema: ["type": "string", "enum": ["votes", "new"], "default": "votes"])

    static let cursor = Self(
        place: .query, name: "cursor", summary: "Where the page before ended; from its `Link` header.",
        schema: ["type": "string", "minLength": 1])

    static let idempotencyKey = Self(
        place: .header, name: "Idempotency-Key",
        summary: "The same key with the same content gives the same answer, however often it is sent.",
        schema: ["type": "string", "minLength": 1, "maxLength": .integer(Int64(Limits.idempotencyKeyCharactersMax))])

    static let ifNoneMatch = Self(
        place: .header, name: "If-None-Match", summary: "The `ETag` of an answer that the client holds; 304 when it still holds.",
        schema: ["type": "string"])

    static let lastEventID = Self(
        place: .header, name: "Last-Event-ID", summary: "The id of the last event received; what it told is not repeated.",
        schema: ["type": "string"])
}
