/// A person with an account: a player, a voter, or both.
public struct User: Hashable, Sendable {
    /// What an account may do beyond its own things.
    public enum Role: String, Hashable, Sendable, Codable, CaseIterable {
        /// Every account is a player; the others are granted by an operator.
        case player, jury, moderator, admin

        /// Who decides which videos are published.
        public static let moderating: [Role] = [.moderator, .admin]
    }

    /// Never used again, also when the account is gone.
    public let id: UserID
    /// Lowercased and trimmed; unique.
    public var email: String
    /// Public name made from the person's name; unique, never contains the e-mail.
    public var username: String
    /// 1…100 characters.
    public var firstName: String
    /// 1…100 characters.
    public var lastName: String
    /// Decides the ranking in which the person appears.
    public var city: City
    /// 1…100 characters.
    public var country: String
    /// The encoded hash with its parameters.
    public var passwordHash: String
    /// What the account may do.
    public var roles: [Role]
    /// `false` keeps the account from everything that needs one.
    public var isActive: Bool
    /// When the account was made.
    public var createdAt: Timestamp

    /// An account as it is in the database.
    public init(
        id: UserID, email: String, username: String, firstName: String, lastName: String, city: City, country: String,
        passwordHash: String, roles: [Role] = [.player], isActive: Bool = true, createdAt: Timestamp
    ) {
        self.id = id
        self.email = email
        self.username = username
        self.firstName = firstName
        self.lastName = lastName
        self.city = city
        self.country = country
        self.passwordHash = passwordHash
        self.roles = roles
        self.isActive = isActive
        self.createdAt = createdAt
    }

    /// First and last name, as shown beside a video.
    public var playerName: String { "\(firstName) \(lastName)" }
}

/// A city as a player wrote it, and the key by which two spellings are the same city.
public struct City: Hashable, Sendable {
    /// As written, trimmed.
    public let name: String
    /// Without case, accents and repeated spaces: `Bogotá` and `BOGOTA` share `bogota`.
    public let key: String

    /// A city as somebody wrote it.
    public init(_ name: String) {
        self.name = name.trimmingWhitespace()
        self.key = name.foldedForComparison()
    }

    /// As stored: both were made by ``init(_:)`` before.
    package init(name: String, key: String) {
        self.name = name
        self.key = key
    }
}

/// One sign-in on one device; the family that refresh tokens rotate in.
public struct Session: Hashable, Sendable {
    /// Also in the access tokens of this login.
    public let id: SessionID
    /// Whose it is.
    public var userID: UserID
    /// When the person logged in.
    public var createdAt: Timestamp
    /// When its refresh token was exchanged last.
    public var lastUsedAt: Timestamp
    /// The first moment at which it no longer lives.
    public var expiresAt: Timestamp
    /// When it was ended before its time.
    public var revokedAt: Timestamp?

    /// A login as it is in the database.
    public init(
        id: SessionID, userID: UserID, createdAt: Timestamp, lastUsedAt: Timestamp, expiresAt: Timestamp,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.userID = userID
        self.createdAt = createdAt
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    /// Until it is revoked or its end is reached.
    public func isLive(at now: Timestamp) -> Bool { revokedAt == nil && expiresAt > now }
}

/// A refresh token as the database knows it: only its hash.
public struct RefreshToken: Hashable, Sendable {
    /// Lowercase hex SHA-256 of the token.
    public let hash: String
    /// The login that it goes on.
    public var sessionID: SessionID
    /// The first moment at which it no longer works.
    public var expiresAt: Timestamp
    /// When it was exchanged for its successor.
    public var usedAt: Timestamp?
    /// Hash of the client that exchanged it; a repeat by the same client within the leeway is a retry, not a theft.
    public var usedBy: String?

    /// A token as it is in the database, by its hash.
    public init(
        hash: String, sessionID: SessionID, expiresAt: Timestamp, usedAt: Timestamp? = nil, usedBy: String? = nil
    ) {
        self.hash = hash
        self.sessionID = sessionID
        self.expiresAt = expiresAt
        self.usedAt = usedAt
        self.usedBy = usedBy
    }
}

/// Who makes a request: by the access token, with the roles that the database has for the session's account.
public struct Identity: Hashable, Sendable {
    /// The account.
    public let userID: UserID
    /// The login.
    public let sessionID: SessionID
    /// As the database has them.
    public let roles: [User.Role]

    /// Whoever makes this must know that it is true.
    public init(userID: UserID, sessionID: SessionID, roles: [User.Role]) {
        self.userID = userID
        self.sessionID = sessionID
        self.roles = roles
    }

    /// A person whom another system signed in; its session is none of ours.
    public init(_ user: User) {
        self.init(userID: user.id, sessionID: SessionID(user.id.uuid), roles: user.roles)
    }
}
