package import Logging
import Synchronization

/// Keeps made pages of ranking and lists for as long as they are true.
///
/// A page is given out when the boards have not changed since before it was made, and it is not older than its life. So
/// whoever was told of a change, such as a voter, finds it in every page asked for afterwards. Pages are made by one task
/// for all that wait for the same one, and who comes while it is being made gets that one only if it is still true.
package final class BoardCache<Page: Sendable>: Sendable {
    /// How long a page of a process that does not hear of others' changes lives at most.
    static var lonelyLife: Duration { .seconds(1) }

    private typealias Make = @Sendable () async throws -> Page

    private struct Entry {
        var page: Page
        var byteCount: Int
        var revision: Int64
        var expiresAt: Timestamp
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var byteCount = 0
        var making: [String: Gathering<Make, Page>] = [:]
        var isRevisionKnown = true
    }

    private let revision: any BoardRevision
    private let life: Duration
    private let bytesMax: Int
    private let clock: any WallClock
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - life: Of a page; zero keeps none.
    ///   - bytesMax: Of all pages; more are not kept.
    package init(revision: any BoardRevision, life: Duration, bytesMax: Int = 16 << 20, clock: any WallClock, logger: Logger) {
        self.revision = revision
        self.life = revision.isShared ? life : min(life, Self.lonelyLife)
        self.bytesMax = bytesMax
        self.clock = clock
        self.logger = logger
    }

    /// The page, kept or new.
    /// - Parameters:
    ///   - key: Names the page.
    ///   - byteCount: What keeping it costs.
    ///   - make: Makes it; reads the database after it was called.
    package func page(
        _ key: String, byteCount: @escaping @Sendable (Page) -> Int, make: @escaping @Sendable () async throws -> Page
    ) async throws -> Page {
        if let revision = await currentRevision(), let page = kept(key, revision) { return page }
        let making = state.withLock { state in
            if let making = state.making[key] { return making }
            let making = Gathering<Make, Page>(countMax: .max) { requests in
                let page: Result<Page, any Error>
                do {
                    page = .success(try await self.renewed(key, byteCount, requests[0]))
                } catch {
                    page = .failure(error)
                }
                return requests.map { _ in page }
            }
            state.making[key] = making
            return making
        }
        defer { forget(making, key) }
        return try await making(make)
    }

    /// Of those who waited, the first makes it; the others may find it made.
    private func renewed(
        _ key: String, _ byteCount: (Page) -> Int, _ make: () async throws -> Page
    ) async throws -> Page {
        let revision = await currentRevision()
        if let revision, let page = kept(key, revision) { return page }
        let expiresAt = clock.now + life
        let page = try await make()
        if let revision, life > .zero {
            keep(Entry(page: page, byteCount: byteCount(page) + key.utf8.count, revision: revision, expiresAt: expiresAt), key)
        }
        return page
    }

    // MARK: - What is kept

    private func kept(_ key: String, _ revision: Int64) -> Page? {
        let now = clock.now
        return state.withLock { state in
            guard let entry = state.entries[key], entry.revision == revision, entry.expiresAt > now else { return nil }
            return entry.page
        }
    }

    private func keep(_ entry: Entry, _ key: String) {
        let now = clock.now
        state.withLock { state in
            state.byteCount -= state.entries.removeValue(forKey: key)?.byteCount ?? 0
            if state.byteCount + entry.byteCount > bytesMax {
                // A change outdates all pages at once, so what is left after this is seldom much.
                state.entries = state.entries.filter { $0.value.revision == entry.revision && $0.value.expiresAt > now }
                state.byteCount = state.entries.values.reduce(0) { $0 + $1.byteCount }
            }
            guard state.byteCount + entry.byteCount <= bytesMax else { return }
            state.entries[key] = entry
            state.byteCount += entry.byteCount
        }
    }

    /// Bytes of what is kept.
    var byteCount: Int { state.withLock(\.byteCount) }
    /// How many wait for the page before theirs.
    func waitingCount(_ key: String) -> Int { state.withLock { $0.making[key]?.waitingCount ?? 0 } }
    /// Pages that somebody waits for.
    var makingCount: Int { state.withLock(\.making.count) }

    private func forget(_ making: Gathering<Make, Page>, _ key: String) {
        state.withLock { state in
            if state.making[key] === making, making.isIdle { state.making[key] = nil }
        }
    }

    /// - Returns: `nil` when it cannot be told: then nothing is kept and nothing kept is given out.
    private func currentRevision() async -> Int64? {
        do {
            let current = try await revision.current()
            if !state.withLock({ $0.isRevisionKnown.exchange(true) }) { logger.notice("pages are kept again") }
            return current
        } catch {
            if state.withLock({ $0.isRevisionKnown.exchange(false) }) {
                logger.warning("every page is made anew: it is not known whether it changed", metadata: ["error": "\(error)"])
            }
            return nil
        }
    }
}

extension Bool {
    fileprivate mutating func exchange(_ value: Bool) -> Bool {
        defer { self = value }
        return self
    }
}
