import ANBCore

/// An account as its owner sees it.
struct AccountAnswer: Encodable {
    var id: UserID
    var userID: UserID
    var email: String
    var username: String
    var firstName: String
    var lastName: String
    var city: String
    var country: String
    var roles: [User.Role]
    var isActive: Bool
    var createdAt: String

    init(_ user: User) {
        id = user.id
        userID = user.id
        email = user.email
        username = user.username
        firstName = user.firstName
        lastName = user.lastName
        city = user.city.name
        country = user.country
        roles = user.roles
        isActive = user.isActive
        createdAt = user.createdAt.description
    }
}

/// The answer to a sign-up.
struct SignUpAnswer: Encodable {
    let message = "The account was created."
    var userID: UserID
    var id: UserID
    var email: String
    var firstName: String
    var lastName: String
    var city: String
    var country: String
    var isActive: Bool

    init(_ user: User) {
        userID = user.id
        id = user.id
        email = user.email
        firstName = user.firstName
        lastName = user.lastName
        city = user.city.name
        country = user.country
        isActive = user.isActive
    }
}

/// The answer to a login or a refresh. The lives are in seconds.
struct TokenAnswer: Encodable {
    var accessToken: String
    let tokenType = "Bearer"
    var expiresIn: Int64
    var refreshToken: String
    var refreshExpiresIn: Int64
}

/// A place where someone is logged in.
struct SessionAnswer: Encodable {
    var sessionID: SessionID
    var createdAt: String
    var lastUsedAt: String
    var expiresAt: String
    /// Whether it is the one that asks.
    var isCurrent: Bool

    init(_ session: Session, isCurrent: Bool) {
        sessionID = session.id
        createdAt = session.createdAt.description
        lastUsedAt = session.lastUsedAt.description
        expiresAt = session.expiresAt.description
        self.isCurrent = isCurrent
    }
}

/// An answer that only says what was done.
struct MessageAnswer: Encodable {
    var message: String
}

/// The answer of a process that lives.
struct HealthAnswer: Encodable {
    let status = "ok"
}
