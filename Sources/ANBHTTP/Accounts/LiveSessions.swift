import ANBCore
import Synchronization

/// Refuses access tokens whose session has ended, although they have not: after a logout, a revocation, or the reuse of a
/// refresh token. What roles the account has is the database's word too, not the token's. The database is asked at most
/// once in five seconds for each session.
final class LiveSessions: Sendable {
    /// How long a token may outlive its session, or a role its revocation.
    static let trustedFor = Duration.seconds(5)
    /// Sessions that are remembered; beyond that they are asked for again.
    private static let rememberedMax = 50_000

    private struct Standing {
        var user: UserID
        var roles: [User.Role]
        var trustedUntil: Timestamp
    }

    /// Sessions of one look at the database.
    private static let lookCountMax = 50

    private let clock: any WallClock
    private let standings = Mutex<[SessionID: Standing]>([:])

    /// Sessions that come while the database is asked about others share the next question.
    private let looking: Gathering<Identity, [User.Role]?>

    init(accounts: Accounts, clock: any WallClock) {
        self.clock = clock
        looking = Gathering(countMax: Self.lookCountMax) { identities in
            do {
                return try await accounts.roles(of: identities).map { .success($0) }
            } catch {
                return identities.map { _ in .failure(error) }
            }
        }
    }

    /// - Returns: The identity with the roles that its account has now.
    /// - Throws: ``ANBError/Code/unauthenticated`` when the session has ended; what the database throws.
    func check(_ identity: Identity) async throws -> Identity {
        let now = clock.now
        if let roles = known(identity, at: now) { return identity.with(roles) }
        guard let roles = try await looking(identity) else {
            throw ANBError(.unauthenticated, "This session has ended. Please log in again.")
        }
        standings.withLock { standings in
            if standings.count >= Self.rememberedMax { standings = standings.filter { now < $0.value.trustedUntil } }
            if standings.count < Self.rememberedMax {
                standings[identity.sessionID] = Standing(
                    user: identity.userID, roles: roles, trustedUntil: now + Self.trustedFor)
            }
        }
        return identity.with(roles)
    }

    private func known(_ identity: Identity, at now: Timestamp) -> [User.Role]? {
        standings.withLock { standings in
            guard let standing = standings[identity.sessionID], now < standing.trustedUntil, standing.user == identity.userID
            else { return nil }
            return standing.roles
        }
    }

    /// At once, on this server; others follow within ``trustedFor``.
    func forget(_ session: SessionID) { standings.withLock { $0[session] = nil } }
}

extension Identity {
    fileprivate func with(_ roles: [User.Role]) -> Identity {
        Identity(userID: userID, sessionID: sessionID, roles: roles)
    }
}
