public import ANBCore
import ANBRedis

extension RedisJobQueue: DeadLetterQueue {
    public func deadLetters(limit: Int) async throws -> [DeadLetter] {
        guard (1...1000).contains(limit) else {
            throw ANBError(.invalidRequest, "The limit is out of range.", operatorMessage: "\(limit) dead letters")
        }
        let reply = try await client.send(RedisCommand("XRANGE", keys.dead, "-", "+", "COUNT", String(limit)))
        guard let entries = reply.items else { throw Self.strange(reply) }
        return entries.compactMap(Self.letter)
    }

    public func replay(_ ids: Set<String>) async throws -> [String: DeadLetterFate] {
        var arguments: [String] = []
        for id in Self.valid(ids) { arguments += [id, try await job(of: id)] }
        return try await take(ids, RedisQueueScripts.replay, arguments)
    }

    public func purge(_ ids: Set<String>) async throws -> [String: DeadLetterFate] {
        try await take(ids, RedisQueueScripts.purge, Self.valid(ids))
    }

    /// The server does it in one piece: all of it, or nothing and an error.
    private func take(_ ids: Set<String>, _ script: RedisScript, _ arguments: [String]) async throws -> [String: DeadLetterFate] {
        guard !arguments.isEmpty else { return DeadLetterFate.of(ids, done: []) }
        let reply = try await run(script, arguments)
        guard let taken = reply.items?.map(\.text) else { throw Self.strange(reply) }
        return DeadLetterFate.of(ids, done: Set(taken.compactMap { $0 }))
    }

    private static func valid(_ ids: Set<String>) -> [String] { ids.filter { RedisEntryID.isValid($0) }.sorted() }

    /// The job of a dead letter, so that its replay is dropped when the job waits already; empty when it has none.
    private func job(of id: String) async throws -> String {
        let reply = try await client.send(RedisCommand("XRANGE", keys.dead, id, id))
        guard let letter = reply.items?.first.flatMap(Self.letter) else { return "" }
        return (try? JobMessage(json: letter.body))?.jobID.description ?? ""
    }

    private static func letter(_ entry: RESPValue) -> DeadLetter? {
        guard let parts = entry.items, parts.count == 2, let id = parts[0].text, let fields = parts[1].items else { return nil }
        var values: [String: String] = [:]
        for index in stride(from: 0, to: fields.count - 1, by: 2) {
            values[fields[index].text ?? ""] = fields[index + 1].text
        }
        return DeadLetter(
            id: id, body: values["body"] ?? "", reason: values["reason"] ?? "",
            receiveCount: values["received"].flatMap { Int($0) } ?? 0)
    }
}
