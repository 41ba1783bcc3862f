import ANBCore

extension MemoryTables {
    func user(_ id: UserID) throws -> User? { users[id] }

    func user(email: String) throws -> User? { users.values.first { $0.email == email } }

    func isUsernameTaken(_ username: String) throws -> Bool { users.values.contains { $0.username == username } }

    func users(with role: User.Role, page: Page) throws -> [User] {
        users.values.filter { $0.roles.contains(role) }.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }.page(page)
    }

    func insertUser(_ user: User) throws {
        let isTaken = users.values.contains {
            $0.id == user.id || $0.email == user.email || $0.username == user.username
        }
        if isTaken { throw ANBError.accountTaken }
        users[user.id] = user
    }

    func eraseUser(_ id: UserID, at now: Timestamp) throws -> Bool {
        guard let user = users[id], !erasedUsers.contains(user) else { return false }
        let name = "erased:\(id)"
        users[id] = User(
            id: id, email: name, username: name, firstName: "", lastName: "", city: City(""), country: "", passwordHash: "",
            roles: [], isActive: false, createdAt: user.createdAt)
        for event in undelivered.values.filter({ $0.userID == id }) { undelivered[event.id] = nil }
        return true
    }

    func removeErasedUsers() throws -> Int {
        let unused = erasedUsers.map(\.id).filter { id in
            !videos.values.contains { $0.ownerID == id } && !uploadNotes.values.contains { $0.ownerID == id }
                && !uploadSessions.values.contains { $0.session.ownerID == id }
                && !votes.values.contains { $0.key.voter == id } && !sessions.values.contains { $0.userID == id }
        }
        for id in unused { users[id] = nil }
        return unused.count
    }

    private var erasedUsers: [User] { users.values.filter { $0.email == "erased:\($0.id)" } }

    func updateUser(_ user: User) throws -> Bool {
        guard let old = users[user.id] else { return false }
        if users.values.contains(where: { $0.id != user.id && $0.username == user.username }) {
            throw ANBError.accountTaken
        }
        var new = user
        new.email = old.email
        new.createdAt = old.createdAt
        users[user.id] = new
        return true
    }
}
