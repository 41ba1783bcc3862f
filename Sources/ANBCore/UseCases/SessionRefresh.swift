extension Accounts {
    private enum Exchange: Sendable {
        case rotated(SignedIn)
        case reused
        case refused
    }

    /// Exchanges a refresh token for its successor. Using an old one again ends the whole session, because then two
    /// parties hold it; a repeat by the same client within ``refreshLeeway`` gets the same successor instead.
    /// - Throws: `unauthenticated` for an unknown, expired, revoked or reused token.
    public func refresh(_ token: String, client: String) async throws -> SignedIn {
        let now = clock.now
        let outcome = try await database.withTransaction { try exchange(token, client: client, now: now, in: $0) }
        switch outcome {
        case .rotated(let signedIn): return signedIn
        case .reused: throw ANBError(.unauthenticated, "This refresh token was used before. Please log in again.")
        case .refused: throw ANBError(.unauthenticated, "This refresh token is not valid. Please log in again.")
        }
    }

    /// Answers instead of throwing, so that ending a stolen session is committed.
    private func exchange(
        _ token: String, client: String, now: Timestamp, in transaction: any TransactionScope
    ) throws -> Exchange {
        let hash = RefreshTokenChain.hash(token)
        guard let row = try transaction.refreshToken(hash: hash), row.expiresAt > now,
            let session = try transaction.session(row.sessionID), session.revokedAt == nil, session.expiresAt > now,
            let user = try transaction.user(session.userID), user.isActive
        else { return .refused }

        let next = tokens.successor(of: token)
        let nextHash = RefreshTokenChain.hash(next)
        if try transaction.useRefreshToken(hash: hash, by: client, at: now) {
            let expiresAt = now + refreshLife
            try transaction.insertRefreshToken(RefreshToken(hash: nextHash, sessionID: session.id, expiresAt: expiresAt))
            try transaction.touchSession(session.id, usedAt: now, expiresAt: expiresAt)
            return .rotated(SignedIn(user: user, sessionID: session.id, refreshToken: next, refreshExpiresAt: expiresAt))
        }
        if let usedAt = row.usedAt, usedAt + Self.refreshLeeway > now, row.usedBy == client {
            for next in tokens.successors(of: token) {
                guard let row = try transaction.refreshToken(hash: RefreshTokenChain.hash(next)), row.usedAt == nil else {
                    continue
                }
                return .rotated(
                    SignedIn(user: user, sessionID: session.id, refreshToken: next, refreshExpiresAt: row.expiresAt))
            }
        }
        if try transaction.revokeSession(session.id, at: now) {
            try transaction.recordAudit(
                ids.auditEvent(at: now, by: .nobody, .refreshTokenReused, .session(session.id)))
        }
        return .reused
    }
}
