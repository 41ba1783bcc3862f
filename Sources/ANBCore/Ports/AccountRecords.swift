/// What may be read of accounts.
public protocol UserReads {
    /// The account; `nil` when there is none of this id.
    func user(_ id: UserID) throws -> User?
    /// - Parameter email: Lowercased and trimmed.
    func user(email: String) throws -> User?
    /// Whether an account has this public name.
    func isUsernameTaken(_ username: String) throws -> Bool
    /// People who have a role, the oldest account first.
    func users(with role: User.Role, page: Page) throws -> [User]
}

/// What may be changed of accounts.
public protocol UserWrites {
    /// - Throws: ``ANBError/Code/conflict`` when the e-mail or the username is taken.
    func insertUser(_ user: User) throws
    /// Replaces everything but id, e-mail and creation time; answers whether there was such a user.
    func updateUser(_ user: User) throws -> Bool
    /// Empties an account of everything that tells of a person, e-mail included, and disables it; nobody is told any more what
    /// became of its videos. Answers whether it did.
    func eraseUser(_ id: UserID, at now: Timestamp) throws -> Bool
    /// Removes emptied accounts that neither votes nor videos nor uploads refer to any more; answers how many.
    func removeErasedUsers() throws -> Int
}

/// What may be read of logins.
public protocol SessionReads {
    /// The login; `nil` when there is none of this id.
    func session(_ id: SessionID) throws -> Session?
    /// A person's live sessions, last used first.
    func sessions(of user: UserID, liveAt now: Timestamp) throws -> [Session]
    /// The token with this SHA-256 in lowercase hex; `nil` when there is none.
    func refreshToken(hash: String) throws -> RefreshToken?
    /// For each, the roles of its user; `nil` when the session is not live or not that user's, or the account not active.
    func liveRoles(of identities: [Identity], at now: Timestamp) throws -> [[User.Role]?]
}

/// What may be changed of logins.
public protocol SessionWrites {
    /// Adds a login of an account that exists.
    func insertSession(_ session: Session) throws
    /// Adds a token of a login that exists.
    func insertRefreshToken(_ token: RefreshToken) throws
    /// Marks the token as exchanged, when no one did before; answers whether this call did.
    func useRefreshToken(hash: String, by client: String, at now: Timestamp) throws -> Bool
    /// Moves a live session's last use and end. A session is live until it is revoked or its end is reached.
    func touchSession(_ id: SessionID, usedAt: Timestamp, expiresAt: Timestamp) throws
    /// Ends a session; answers whether it was live.
    func revokeSession(_ id: SessionID, at now: Timestamp) throws -> Bool
    /// Removes a person's sessions with their tokens.
    func deleteSessions(of user: UserID) throws
    /// Removes sessions that ended before, with their tokens; answers how many.
    func deleteSessions(expiredBefore limit: Timestamp) throws -> Int
}
