extension UserReads {
    /// The account behind an identity. A token outlives an account, so everything that acts for a person asks first.
    /// - Throws: ``ANBError/Code/unauthenticated`` when the account is gone or disabled.
    @discardableResult
    func activeUser(_ identity: Identity) throws -> User {
        guard let user = try user(identity.userID), user.isActive else {
            throw ANBError.inactiveAccount
        }
        return user
    }
}

extension ANBError {
    static var inactiveAccount: ANBError { ANBError(.unauthenticated, "This account is no longer active.") }
}
