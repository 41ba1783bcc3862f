import ANBCore
import Synchronization

/// Refuses access tokens whose session has ended, although they have not: after a logout, a revocation, or the reuse of a
/// refresh token. The database is asked at most once in five seconds for each session.
final class LiveSessions: Sendable {
    /// How long a token may outlive its session.
    static let trustedFor = Duration.seconds(5)
    /// Sessions that are remembered; beyond that they are asked for again.
    private static let rememberedMax = 50_000

    private let accounts: Accounts
    private let clock: any WallClock
    private let trustedUntil = Mutex<[SessionID: Timestamp]>([:])

    init(accounts: Accounts, clock: any WallClock) {
        self.accounts = accounts
        self.clock = clock
    }

    /// - Throws: ``ANBError/Code/unauthenticated`` when the session has ended; what the database throws.
    func check(_ identity: Identity) async throws {
        let now = clock.now
        if trustedUntil.withLock({ $0[identity.sessionID].map { now < $0 } ?? false }) { return }
        guard try await accounts.isLive(identity) else {
            throw ANBError(.unauthenticated, "This session has ended. Please log in again.")
        }
        trustedUntil.withLock { sessions in
            if sessions.count >= Self.rememberedMax { sessions = sessions.filter { now < $0.value } }
            if sessions.count < Self.rememberedMax { sessions[identity.sessionID] = now + Self.trustedFor }
        }
    }

    /// At once, on this server; others follow within ``trustedFor``.
    func forget(_ session: SessionID) { trustedUntil.withLock { $0[session] = nil } }
}
