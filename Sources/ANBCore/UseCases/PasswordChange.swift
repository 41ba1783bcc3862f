extension Accounts {
    /// What a change of the password needs.
    public struct PasswordChange: Sendable {
        /// The password that works now.
        public var current: String
        /// The one that is to work.
        public var new: String
        /// The new one again.
        public var repeated: String

        /// What the person typed.
        public init(current: String, new: String, repeated: String) {
            self.current = current
            self.new = new
            self.repeated = repeated
        }
    }

    /// Gives the caller another password, and ends every session but the one of this call: whoever knew the old password is
    /// out.
    /// - Returns: The sessions that ended.
    /// - Throws: `forbidden` when the current password is wrong, `invalidRequest` for a new one that will not do.
    public func changePassword(_ identity: Identity, _ change: PasswordChange) async throws -> [SessionID] {
        let user = try await account(identity)
        guard change.new == change.repeated else {
            throw ANBError(.invalidRequest, "password1 and password2 are not the same.")
        }
        try AccountPolicy.checkPassword(change.new, email: user.email, ownWords: [user.firstName, user.lastName])
        guard try await passwords.match(change.current, user.passwordHash) != .none else { throw Self.wrongPassword }
        let (hash, now) = (try await passwords.hash(change.new), clock.now)
        let event = ids.auditEvent(at: now, by: .user(user.id), .passwordChanged, .user(user.id))
        return try await database.withTransaction { transaction in
            var current = try transaction.activeUser(identity)
            // Somebody else changed it meanwhile.
            guard current.passwordHash == user.passwordHash else { throw Self.wrongPassword }
            current.passwordHash = hash
            _ = try transaction.updateUser(current)
            let others = try transaction.sessions(of: user.id, liveAt: now).map(\.id).filter { $0 != identity.sessionID }
            for session in others { _ = try transaction.revokeSession(session, at: now) }
            try transaction.recordAudit(event)
            return others
        }
    }

    private static let wrongPassword = ANBError(.forbidden, "The password is wrong.")
}
