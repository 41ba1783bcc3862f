import ANBCore

extension SQLScope {
    private static let userColumns = """
        id, email, username, first_name, last_name, city, city_key, country, password_hash, roles, is_active, created_at
        """

    func user(_ id: UserID) throws -> User? {
        try row("SELECT \(Self.userColumns) FROM users WHERE id = ?1", [id], User.init)
    }

    func user(email: String) throws -> User? {
        try row("SELECT \(Self.userColumns) FROM users WHERE email = ?1", [email], User.init)
    }

    func isUsernameTaken(_ username: String) throws -> Bool {
        try count("SELECT COUNT(*) FROM users WHERE username = ?1", [username]) > 0
    }

    func users(with role: User.Role, page: Page) throws -> [User] {
        let list = """
            SELECT \(Self.userColumns) FROM users WHERE (',' || roles || ',') LIKE ?1
            ORDER BY created_at, id LIMIT ?2 OFFSET ?3
            """
        return try all(list, ["%,\(role.rawValue),%", page.limit, page.offset], User.init)
    }

    func insertUser(_ user: User) throws {
        try insert(
            into: "users", Self.userColumns,
            [
                user.id, user.email, user.username, user.firstName, user.lastName, user.city.name, user.city.key,
                user.country, user.passwordHash, user.rolesText, user.isActive, user.createdAt,
            ],
            conflict: .accountTaken)
    }

    func updateUser(_ user: User) throws -> Bool {
        let holder = "SELECT COUNT(*) FROM users WHERE username = ?1 AND id <> ?2"
        if try count(holder, [user.username, user.id]) > 0 { throw ANBError.accountTaken }
        let update = """
            UPDATE users SET username = ?2, first_name = ?3, last_name = ?4, city = ?5, country = ?6,
                password_hash = ?7, roles = ?8, is_active = ?9, city_key = ?10
            WHERE id = ?1
            """
        let changed = try execute(
            update,
            [
                user.id, user.username, user.firstName, user.lastName, user.city.name, user.country,
                user.passwordHash, user.rolesText, user.isActive, user.city.key,
            ])
        guard changed > 0 else { return false }
        try moveVideos(of: user.id, toCity: user.city.key)
        return true
    }

    func eraseUser(_ id: UserID, at now: Timestamp) throws -> Bool {
        let erase = """
            UPDATE users SET email = 'erased:' || id, username = 'erased:' || id, first_name = '', last_name = '', city = '',
                city_key = '', country = '', password_hash = '', roles = '', is_active = 0, erased_at = ?2
            WHERE id = ?1 AND erased_at IS NULL
            """
        guard try execute(erase, [id, now]) > 0 else { return false }
        _ = try execute("DELETE FROM webhook_events WHERE user_id = ?1", [id])
        return true
    }

    func removeErasedUsers() throws -> Int {
        let remove = """
            DELETE FROM users WHERE erased_at IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM videos WHERE owner_id = users.id)
                AND NOT EXISTS (SELECT 1 FROM uploads WHERE owner_id = users.id)
                AND NOT EXISTS (SELECT 1 FROM upload_sessions WHERE owner_id = users.id)
                AND NOT EXISTS (SELECT 1 FROM votes WHERE voter_id = users.id)
                AND NOT EXISTS (SELECT 1 FROM player_tallies WHERE user_id = users.id)
                AND NOT EXISTS (SELECT 1 FROM sessions WHERE user_id = users.id)
            """
        return try execute(remove)
    }

    /// The city is written again beside what is listed by city, so that an index can order those lists.
    private func moveVideos(of owner: UserID, toCity key: String) throws {
        _ = try execute("UPDATE videos SET city_key = ?2 WHERE owner_id = ?1 AND city_key <> ?2", [owner, key])
        _ = try execute("UPDATE player_tallies SET city_key = ?2 WHERE user_id = ?1 AND city_key <> ?2", [owner, key])
    }
}

extension User {
    fileprivate init(row: inout SQLRow) throws {
        self.init(
            id: try row.id(), email: try row.text(), username: try row.text(), firstName: try row.text(),
            lastName: try row.text(), city: City(name: try row.text(), key: try row.text()), country: try row.text(),
            passwordHash: try row.text(),
            roles: Self.roles(try row.text()),
            isActive: try row.bool(), createdAt: try row.time())
    }

    /// A role that this program does not know gives no rights.
    static func roles(_ text: String) -> [Role] { text.split(separator: ",").compactMap { Role(rawValue: String($0)) } }

    fileprivate var rolesText: String { roles.map(\.rawValue).joined(separator: ",") }
}
