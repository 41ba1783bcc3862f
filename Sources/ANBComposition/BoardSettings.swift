import ANBCore
import ANBPersistence

/// How long pages of ranking and lists are kept, and how processes tell each other of changes.
struct BoardSettings: Sendable {
    let life: Duration
    /// `nil`: each process knows only its own changes.
    private let redis: (url: String, prefix: String)?

    /// - Throws: ``ANBError/Code/misconfigured`` naming the setting.
    init(_ sources: SettingSources) throws {
        life = .seconds(try sources.required(.rankingCacheTTL, in: 0...3600))
        guard try sources.choice(.cacheBackend, of: ["memory", "redis"]) == "redis" else {
            redis = nil
            return
        }
        guard let url = try sources.text(.redisURL) else {
            throw SettingSources.missing(.redisURL, "must be set with CACHE_BACKEND=redis")
        }
        redis = (url, try sources.find(.redisPrefix).text)
    }

    /// - Throws: ``ANBError`` when the server cannot be used now, so that a wrong setting stops the start.
    func open() async throws -> Boards {
        guard let redis else { return Boards(revision: LocalBoardRevision(), shared: nil) }
        let shared = try RedisBoardRevision(url: redis.url, prefix: redis.prefix)
        do {
            try await blaming([Setting.redisURL.name]) { try await shared.check() }
        } catch {
            await shared.close()
            throw error
        }
        return Boards(revision: shared, shared: shared)
    }
}

/// The open revision of a process.
struct Boards: Sendable {
    let revision: any BoardRevision
    fileprivate let shared: RedisBoardRevision?

    func close() async { await shared?.close() }
}

/// For commands that change what the public sees: tells the processes that serve it, when they share a backend for that.
public func noteBoardChange(_ settings: Settings) async throws {
    let boards = try await settings.boards.open()
    do {
        try await boards.revision.advance()
        await boards.close()
    } catch {
        await boards.close()
        throw error
    }
}
