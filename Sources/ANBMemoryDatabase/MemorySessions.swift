import ANBCore

extension MemoryTables {
    func session(_ id: SessionID) throws -> Session? { sessions[id] }

    func sessions(of user: UserID, liveAt now: Timestamp) throws -> [Session] {
        sessions.values.filter { $0.userID == user && $0.isLive(at: now) }
            .sorted { ($1.lastUsedAt, $1.id) < ($0.lastUsedAt, $0.id) }
    }

    func refreshToken(hash: String) throws -> RefreshToken? { refreshTokens[hash] }

    func liveRoles(of identities: [Identity], at now: Timestamp) throws -> [[User.Role]?] {
        identities.map { identity in
            guard let session = sessions[identity.sessionID], session.isLive(at: now), session.userID == identity.userID,
                let user = users[session.userID], user.isActive
            else { return nil }
            return user.roles
        }
    }

    func insertSession(_ session: Session) throws {
        if sessions[session.id] != nil { throw ANBError.idTaken("session", session.id) }
        _ = try existingUser(session.userID)
        sessions[session.id] = session
    }

    func insertRefreshToken(_ token: RefreshToken) throws {
        if refreshTokens[token.hash] != nil { throw ANBError.idTaken("refresh token", token.hash) }
        guard sessions[token.sessionID] != nil else {
            throw ANBError.internal("no session \(token.sessionID) to refer to")
        }
        refreshTokens[token.hash] = token
    }

    func useRefreshToken(hash: String, by client: String, at now: Timestamp) throws -> Bool {
        guard var token = refreshTokens[hash], token.usedAt == nil else { return false }
        token.usedAt = now
        token.usedBy = client
        refreshTokens[hash] = token
        return true
    }

    func touchSession(_ id: SessionID, usedAt: Timestamp, expiresAt: Timestamp) throws {
        guard var session = sessions[id], session.isLive(at: usedAt) else { return }
        session.lastUsedAt = usedAt
        session.expiresAt = expiresAt
        sessions[id] = session
    }

    func revokeSession(_ id: SessionID, at now: Timestamp) throws -> Bool {
        guard var session = sessions[id], session.isLive(at: now) else { return false }
        session.revokedAt = now
        sessions[id] = session
        return true
    }

    func deleteSessions(of user: UserID) throws { remove(sessions.values.filter { $0.userID == user }) }

    func deleteSessions(expiredBefore limit: Timestamp) throws -> Int {
        let ended = sessions.values.filter { min($0.expiresAt, $0.revokedAt ?? $0.expiresAt) < limit }
        remove(ended)
        return ended.count
    }

    private func remove(_ ended: [Session]) {
        let ids = Set(ended.map(\.id))
        for id in ids { sessions[id] = nil }
        for token in refreshTokens.values.filter({ ids.contains($0.sessionID) }) { refreshTokens[token.hash] = nil }
    }
}
