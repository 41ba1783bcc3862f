package import ANBCore

/// Keeps credentials from a source and gets new ones before they expire, once for everybody who asks.
package actor RefreshingCredentials: AWSCredentialProvider {
    /// New ones are fetched this long before the old ones expire.
    static let refreshBefore: Duration = .seconds(300)
    /// Old ones that are still good for this long are handed out while new ones are on their way.
    static let usableUntilBefore: Duration = .seconds(30)
    /// After a failed fetch usable old ones are kept for this long before the next.
    static let pauseAfterFailure: Duration = .seconds(30)

    private let source: any CredentialSource
    private let clock: any WallClock
    private var current: AWSCredentials?
    private var fetching: Task<AWSCredentials, any Error>?
    private var nextFetchAt: Timestamp?

    package init(_ source: any CredentialSource, clock: any WallClock = SystemClock()) {
        self.source = source
        self.clock = clock
    }

    package func credentials() async throws -> AWSCredentials {
        guard let current else { return try await fetched() }
        guard let expiresAt = current.expiresAt else { return current }
        let now = clock.now
        if now < expiresAt - Self.refreshBefore { return current }
        guard now < expiresAt - Self.usableUntilBefore else { return try await fetched() }
        if fetching != nil { return current }
        if let nextFetchAt, now < nextFetchAt { return current }
        do {
            return try await fetched()
        } catch {
            // The old ones still work; whoever asks next tries again.
            nextFetchAt = now + Self.pauseAfterFailure
            return current
        }
    }

    package func forget(_ credentials: AWSCredentials) {
        if current == credentials { current = nil }
    }

    /// One fetch at a time. It goes on when the caller that began it is cancelled, because others wait for it too; every
    /// source ends by itself within seconds.
    private func fetched() async throws -> AWSCredentials {
        let task = fetching ?? begin()
        return try await task.value
    }

    private func begin() -> Task<AWSCredentials, any Error> {
        let task = Task {
            defer { fetching = nil }
            guard let found = try await source.load() else {
                throw ANBError.unavailable("\(source.name) has no AWS credentials", after: .seconds(30))
            }
            current = found
            nextFetchAt = nil
            return found
        }
        fetching = task
        return task
    }
}
