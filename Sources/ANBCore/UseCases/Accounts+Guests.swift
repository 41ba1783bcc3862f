extension Accounts {
    /// A person whom another system signs in.
    public struct Guest: Sendable {
        /// Made by that system, the same on every call.
        public var id: UserID
        /// Unique in the contest.
        public var email: String
        /// 1…100 characters.
        public var firstName: String
        /// 1…100 characters.
        public var lastName: String
        /// Decides the ranking in which the person appears.
        public var city: String
        /// 1…100 characters.
        public var country: String

        /// A person with everything that the contest must know.
        public init(id: UserID, email: String, firstName: String, lastName: String, city: String, country: String) {
            self.id = id
            self.email = email
            self.firstName = firstName
            self.lastName = lastName
            self.city = city
            self.country = country
        }
    }

    /// Makes the account of a person whom another system signs in; nobody knows its password.
    /// - Returns: The account. One that is there already stays as it is.
    /// - Throws: `invalidRequest` naming the field, `conflict` when another account has the e-mail.
    public func admit(_ guest: Guest) async throws -> User {
        if let user = try await database.read({ try $0.user(guest.id) }) { return user }
        let first = try AccountPolicy.name(guest.firstName, field: "first_name")
        let last = try AccountPolicy.name(guest.lastName, field: "last_name")
        let user = User(
            id: guest.id, email: try AccountPolicy.email(guest.email),
            username: AccountPolicy.username(first: first, last: last), firstName: first, lastName: last,
            city: City(try AccountPolicy.name(guest.city, field: "city")),
            country: try AccountPolicy.name(guest.country, field: "country"),
            passwordHash: try await passwords.hash(ids.randomBytes(32).lowercaseHex), createdAt: clock.now)
        return try await database.withTransaction { transaction in
            try transaction.user(user.id) ?? insert(user, in: transaction)
        }
    }
}
