/// Accounts and sign-ins.
public struct Accounts: Sendable {
    /// What a sign-up form carries.
    public struct SignUp: Sendable {
        /// 1…100 characters.
        public var firstName: String
        /// 1…100 characters.
        public var lastName: String
        /// Unique; compared without case.
        public var email: String
        /// 8 characters or more, with a letter and something else, and hard to guess.
        public var password: String
        /// The password again.
        public var repeatedPassword: String
        /// Decides the ranking in which the person appears.
        public var city: String
        /// 1…100 characters.
        public var country: String

        /// What the person typed; ``Accounts/signUp(_:noting:)`` judges it.
        public init(
            firstName: String, lastName: String, email: String, password: String, repeatedPassword: String,
            city: String, country: String
        ) {
            self.firstName = firstName
            self.lastName = lastName
            self.email = email
            self.password = password
            self.repeatedPassword = repeatedPassword
            self.city = city
            self.country = country
        }
    }

    /// What a person may change of their account; `nil` leaves a field as it is.
    public struct Changes: Sendable {
        /// 1…100 characters.
        public var firstName: String?
        /// 1…100 characters.
        public var lastName: String?
        /// 1…100 characters.
        public var city: String?
        /// 1…100 characters.
        public var country: String?

        /// What is `nil` stays as it is.
        public init(firstName: String? = nil, lastName: String? = nil, city: String? = nil, country: String? = nil) {
            self.firstName = firstName
            self.lastName = lastName
            self.city = city
            self.country = country
        }
    }

    /// The outcome of a login or a refresh.
    public struct SignedIn: Sendable {
        /// Who.
        public var user: User
        /// The new login.
        public var sessionID: SessionID
        /// Shown to the client once; only its hash is stored.
        public var refreshToken: String
        /// The first moment at which the refresh token no longer works.
        public var refreshExpiresAt: Timestamp
    }

    /// How long a refresh token lives.
    public var refreshLife: Duration
    /// How long a repeat of an exchanged token by the same client counts as a lost answer rather than a theft.
    public static let refreshLeeway: Duration = .seconds(20)
    /// How often a login checks a password that changes meanwhile.
    private static let checksMax = 3

    let database: any Database
    let hasher: any PasswordHasher
    let tokens: RefreshTokenChain
    let boards: BoardChanges
    let clock: any WallClock
    let ids: any IDGenerator

    init(
        database: any Database, hasher: any PasswordHasher, tokens: RefreshTokenChain, refreshLife: Duration,
        boards: BoardChanges, clock: any WallClock, ids: any IDGenerator
    ) {
        self.database = database
        self.hasher = hasher
        self.tokens = tokens
        self.refreshLife = refreshLife
        self.boards = boards
        self.clock = clock
        self.ids = ids
    }

    var passwords: Passwords { Passwords(hasher: hasher) }

    /// Makes an account.
    /// - Parameters:
    ///   - form: What the person typed.
    ///   - note: For a request that is done once however often it is sent.
    /// - Throws: `invalidRequest` naming the field, `conflict` when the e-mail has an account.
    public func signUp(_ form: SignUp, noting note: Repeats.Note<User>? = nil) async throws -> User {
        let email = try AccountPolicy.email(form.email)
        let first = try AccountPolicy.name(form.firstName, field: "first_name")
        let last = try AccountPolicy.name(form.lastName, field: "last_name")
        let city = try AccountPolicy.name(form.city, field: "city")
        let country = try AccountPolicy.name(form.country, field: "country")
        guard form.password == form.repeatedPassword else {
            throw ANBError(.invalidRequest, "password1 and password2 are not the same.")
        }
        try AccountPolicy.checkPassword(form.password, email: email, ownWords: [first, last])
        let hash = try await passwords.hash(form.password)
        let user = User(
            id: ids.next(), email: email, username: AccountPolicy.username(first: first, last: last), firstName: first,
            lastName: last, city: City(city), country: country, passwordHash: hash, createdAt: clock.now)
        return try await database.withTransaction { transaction in
            let user = try insert(user, in: transaction)
            try note?.write(user, in: transaction)
            return user
        }
    }

    /// With another username when the first one is taken.
    func insert(_ user: User, in transaction: any TransactionScope) throws -> User {
        guard try transaction.user(email: user.email) == nil else {
            throw ANBError(.conflict, "There already is an account with this e-mail.")
        }
        var user = user
        let base = user.username
        while try transaction.isUsernameTaken(user.username) {
            user.username = "\(base).\(ids.randomBytes(3).lowercaseHex)"
        }
        try transaction.insertUser(user)
        return user
    }

    /// Signs in with a password.
    /// - Parameters:
    ///   - email: As it was typed.
    ///   - password: As it was typed.
    ///   - client: What tells one client from another; see ``refreshLeeway``.
    /// - Throws: `unauthenticated`, the same for an unknown e-mail, a wrong password and a disabled account.
    public func logIn(email: String, password: String, client: String) async throws -> SignedIn {
        let email = Self.signInName(email)
        var user: User?
        // Again when the password changed while it was checked: another login may have renewed its hash.
        for _ in 0..<Self.checksMax {
            let found = try await database.read { try $0.user(email: email) }
            user = found
            let match = try await passwords.match(password, found?.passwordHash)
            guard let found, match != .none, found.isActive else { break }
            let isOutdated = match == .asTyped || hasher.needsRehash(found.passwordHash)
            let renewed = isOutdated ? try await passwords.hash(password) : nil
            if let signedIn = try await openSession(for: found, renewing: renewed) { return signedIn }
        }
        try await noteFailure(of: user)
        throw ANBError(.unauthenticated, "The e-mail or the password is wrong.")
    }

    /// An e-mail as accounts are found by it.
    public static func signInName(_ email: String) -> String { email.trimmingWhitespace().lowercased() }

    /// The same for an unknown e-mail: one more write, as for an account.
    private func noteFailure(of user: User?) async throws {
        let event = ids.auditEvent(
            at: clock.now, by: .nobody, .signInFailed, user.map { .user($0.id) } ?? .none,
            detail: user.map { $0.isActive ? "" : "disabled" } ?? "unknown account")
        try await database.withTransaction { try $0.recordAudit(event) }
    }

    /// - Parameters:
    ///   - user: As its password was checked.
    ///   - hash: Of the same password, to be kept instead.
    /// - Returns: nil when the password is another one by now, or the account is closed.
    private func openSession(for user: User, renewing hash: String?) async throws -> SignedIn? {
        let now = clock.now
        let (token, checkedHash) = (tokens.first(ids), user.passwordHash)
        let session = Session(
            id: ids.next(), userID: user.id, createdAt: now, lastUsedAt: now, expiresAt: now + refreshLife)
        let event = ids.auditEvent(at: now, by: .user(user.id), .signedIn, .session(session.id))
        return try await database.withTransaction { transaction in
            guard var user = try transaction.user(user.id), user.isActive, user.passwordHash == checkedHash else { return nil }
            if let hash {
                user.passwordHash = hash
                _ = try transaction.updateUser(user)
            }
            try transaction.insertSession(session)
            try transaction.insertRefreshToken(
                RefreshToken(hash: RefreshTokenChain.hash(token), sessionID: session.id, expiresAt: session.expiresAt))
            try transaction.recordAudit(event)
            return SignedIn(
                user: user, sessionID: session.id, refreshToken: token, refreshExpiresAt: session.expiresAt)
        }
    }

    /// Ends the session; its refresh tokens are worthless from now on.
    public func logOut(_ identity: Identity) async throws {
        let now = clock.now
        _ = try await database.withTransaction { try $0.revokeSession(identity.sessionID, at: now) }
    }

    /// The caller's live sessions, last used first.
    public func sessions(of identity: Identity) async throws -> [Session] {
        let now = clock.now
        return try await database.read { scope in
            try scope.sessions(of: scope.activeUser(identity).id, liveAt: now)
        }
    }

    /// Ends one of the caller's sessions; that may be the one of this very call.
    /// - Throws: `notFound` when the caller has no such live session.
    public func endSession(_ id: SessionID, of identity: Identity) async throws {
        let now = clock.now
        let event = ids.auditEvent(at: now, by: .user(identity.userID), .sessionEnded, .session(id))
        try await database.withTransaction { transaction in
            let user = try transaction.activeUser(identity)
            guard try transaction.session(id)?.userID == user.id, try transaction.revokeSession(id, at: now) else {
                throw ANBError(.notFound, "You have no such session.")
            }
            if id != identity.sessionID { try transaction.recordAudit(event) }
        }
    }

    /// The roles that the accounts behind tokens have now; `nil` where the session or the account no longer holds.
    public func roles(of identities: [Identity]) async throws -> [[User.Role]?] {
        let now = clock.now
        return try await database.read { try $0.liveRoles(of: identities, at: now) }
    }

    /// The account behind a token.
    /// - Throws: `unauthenticated` when it is gone or disabled.
    public func account(_ identity: Identity) async throws -> User {
        try await database.read { try $0.activeUser(identity) }
    }

    /// Changes the account behind a token.
    /// - Throws: `invalidRequest` naming the field.
    public func update(_ identity: Identity, _ changes: Changes) async throws -> User {
        let first = try changes.firstName.map { try AccountPolicy.name($0, field: "first_name") }
        let last = try changes.lastName.map { try AccountPolicy.name($0, field: "last_name") }
        let city = try changes.city.map { City(try AccountPolicy.name($0, field: "city")) }
        let country = try changes.country.map { try AccountPolicy.name($0, field: "country") }
        let user = try await database.withTransaction { transaction in
            var user = try transaction.activeUser(identity)
            user.firstName = first ?? user.firstName
            user.lastName = last ?? user.lastName
            user.city = city ?? user.city
            user.country = country ?? user.country
            _ = try transaction.updateUser(user)
            return user
        }
        await boards.note()
        return user
    }
}
