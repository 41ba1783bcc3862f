import ANBCore

extension SQLScope {
    private static let sessionColumns = "id, user_id, created_at, last_used_at, expires_at, revoked_at"
    private static let tokenColumns = "hash, session_id, expires_at, used_at, used_by"

    func session(_ id: SessionID) throws -> Session? {
        try row("SELECT \(Self.sessionColumns) FROM sessions WHERE id = ?1", [id], Session.init)
    }

    func sessions(of user: UserID, liveAt now: Timestamp) throws -> [Session] {
        let live = """
            SELECT \(Self.sessionColumns) FROM sessions WHERE user_id = ?1 AND revoked_at IS NULL AND expires_at > ?2
            ORDER BY last_used_at DESC, id DESC
            """
        return try all(live, [user, now], Session.init)
    }

    func refreshToken(hash: String) throws -> RefreshToken? {
        try row("SELECT \(Self.tokenColumns) FROM refresh_tokens WHERE hash = ?1", [hash]) { row in
            RefreshToken(
                hash: try row.text(), sessionID: try row.id(), expiresAt: try row.time(),
                usedAt: try row.optionalTime(), usedBy: try row.optionalText())
        }
    }

    func liveRoles(of identities: [Identity], at now: Timestamp) throws -> [[User.Role]?] {
        let look = """
            SELECT u.roles FROM sessions s JOIN users u ON u.id = s.user_id
            WHERE s.id = ?1 AND s.user_id = ?2 AND s.revoked_at IS NULL AND s.expires_at > ?3 AND u.is_active = 1
            """
        return try firstOfEach(look, identities.map { [$0.sessionID, $0.userID, now] }) { User.roles(try $0.text()) }
    }

    func insertSession(_ session: Session) throws {
        try insert(
            into: "sessions", Self.sessionColumns,
            [
                session.id, session.userID, session.createdAt, session.lastUsedAt, session.expiresAt,
                session.revokedAt,
            ],
            conflict: .idTaken("session", session.id))
    }

    func insertRefreshToken(_ token: RefreshToken) throws {
        try insert(
            into: "refresh_tokens", Self.tokenColumns,
            [token.hash, token.sessionID, token.expiresAt, token.usedAt, token.usedBy],
            conflict: .idTaken("refresh token", token.hash))
    }

    func useRefreshToken(hash: String, by client: String, at now: Timestamp) throws -> Bool {
        let use = "UPDATE refresh_tokens SET used_at = ?3, used_by = ?2 WHERE hash = ?1 AND used_at IS NULL"
        return try execute(use, [hash, client, now]) > 0
    }

    func touchSession(_ id: SessionID, usedAt: Timestamp, expiresAt: Timestamp) throws {
        let touch = """
            UPDATE sessions SET last_used_at = ?2, expires_at = ?3
            WHERE id = ?1 AND revoked_at IS NULL AND expires_at > ?2
            """
        _ = try execute(touch, [id, usedAt, expiresAt])
    }

    func revokeSession(_ id: SessionID, at now: Timestamp) throws -> Bool {
        let revoke = "UPDATE sessions SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL AND expires_at > ?2"
        return try execute(revoke, [id, now]) > 0
    }

    func deleteSessions(of user: UserID) throws { _ = try execute("DELETE FROM sessions WHERE user_id = ?1", [user]) }

    /// The tokens go with their session.
    func deleteSessions(expiredBefore limit: Timestamp) throws -> Int {
        try execute("DELETE FROM sessions WHERE expires_at < ?1 OR revoked_at < ?1", [limit])
    }
}

extension Session {
    init(row: inout SQLRow) throws {
        self.init(
            id: try row.id(), userID: try row.id(), createdAt: try row.time(), lastUsedAt: try row.time(),
            expiresAt: try row.time(), revokedAt: try row.optionalTime())
    }
}
