/// Who may do more than play and vote. For operators: there is no request that changes a role.
public struct Roles: Sendable {
    /// Accounts of one list.
    public static let listedMax = 1000

    private let database: any Database
    private let clock: any WallClock
    private let ids: any IDGenerator

    /// Roles in this database.
    public init(database: any Database, clock: any WallClock = SystemClock(), ids: any IDGenerator = SystemIDs()) {
        self.database = database
        self.clock = clock
        self.ids = ids
    }

    /// Gives a role; having it already is no error.
    /// - Throws: ``ANBError/Code/notFound`` when nobody has the e-mail.
    public func grant(_ role: User.Role, to email: String, reason: String = "") async throws -> User {
        try await change(email, .roleGranted, role, reason: reason) { roles in
            if !roles.contains(role) { roles.append(role) }
        }
    }

    /// Takes a role away; not having it is no error. Requests of the account notice within five seconds.
    /// - Throws: ``ANBError/Code/notFound`` when nobody has the e-mail, ``ANBError/Code/invalidRequest`` for `player`.
    public func revoke(_ role: User.Role, from email: String, reason: String = "") async throws -> User {
        guard role != .player else { throw ANBError(.invalidRequest, "Every account is a player; that cannot be revoked.") }
        return try await change(email, .roleRevoked, role, reason: reason) { roles in roles.removeAll { $0 == role } }
    }

    /// The oldest accounts with a role.
    /// - Parameter role: `nil` lists everyone who has more than `player`.
    public func list(_ role: User.Role?) async throws -> [User] {
        let roles = role.map { [$0] } ?? User.Role.allCases.filter { $0 != .player }
        let found = try await database.read { scope in
            try roles.flatMap { try scope.users(with: $0, page: Page(limit: Self.listedMax)) }
        }
        var seen: Set<UserID> = []
        return found.filter { seen.insert($0.id).inserted }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    private func change(
        _ email: String, _ action: AuditEvent.Action, _ role: User.Role, reason: String,
        _ change: @escaping @Sendable (inout [User.Role]) -> Void
    ) async throws -> User {
        let email = email.trimmingWhitespace().lowercased()
        let (now, ids) = (clock.now, ids)
        return try await database.withTransaction { transaction in
            guard var user = try transaction.user(email: email) else {
                throw ANBError(.notFound, "Nobody has the e-mail \(email).")
            }
            let before = user.roles
            change(&user.roles)
            guard user.roles != before else { return user }
            _ = try transaction.updateUser(user)
            try transaction.recordAudit(
                ids.auditEvent(at: now, by: .operator, action, .user(user.id), detail: role.rawValue, reason: reason))
            return user
        }
    }
}
