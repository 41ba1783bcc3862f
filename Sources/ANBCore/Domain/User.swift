/// A person with an account: a player, a voter, or both.
public struct User: Hashable, Sendable {
    /// What an account may do beyond its own things.
    public enum Role: String, Hashable, Sendable, Codable, CaseIterable {
        case player, jury, moderator, admin

        /// Who decides which videos are published.
        public static let moderating: [Role] = [.moderator, .admin]
    }

    public let id: UserID
    /// Lowercased and trimmed; unique.
    public var email: String
    /// Public name made from the person's name; unique, never contains the e-mail.
    public var username: String
    public var firstName: String
    public var lastName: String
    public var city: City
    public var country: String
    /// The encoded hash with its parameters.
    public var passwordHash: String
    public var roles: [Role]
    public var isActive: Bool
    public var createdAt: Timestamp

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
    public let id: SessionID
    public var userID: UserID
    public var createdAt: Timestamp
    public var lastUsedAt: Timestamp
    public var expiresAt: Timestamp
    public var revokedAt: Timestamp?

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
    public var sessionID: SessionID
    public var expiresAt: Timestamp
    /// When it was exchanged for its successor.
    public var usedAt: Timestamp?
    /// Hash of the client that exchanged it; a repeat by the same client within the leeway is a retry, not a theft.
    public var usedBy: String?

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
    public let userID: UserID
    public let sessionID: SessionID
    public let roles: [User.Role]

    public init(userID: UserID, sessionID: SessionID, roles: [User.Role]) {
        self.userID = userID
        self.sessionID = sessionID
        self.roles = roles
    }
}
