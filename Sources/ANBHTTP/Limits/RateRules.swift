public import ANBCore

/// How often people may do what costs most or is worth most to an attacker. `nil` is no limit.
public struct RateRules: Hashable, Sendable {
    /// Logins to one account from one network. Another network's attempts do not use it up, so nobody can lock an
    /// account's owner out from elsewhere.
    public var login: RateLimit?
    /// Logins to one account from everywhere; wide enough that one network alone cannot use it up.
    public var loginAccount: RateLimit?
    /// Logins from one network.
    public var loginNetwork: RateLimit?
    /// Failed logins to one account from one network that cost no waiting, and in what time that many are forgotten. Of
    /// one network, for the same reason as ``login``.
    public var loginFailures: RateLimit?
    /// Failed logins from one network, likewise.
    public var loginFailuresNetwork: RateLimit?
    /// New accounts from one network.
    public var signUpNetwork: RateLimit?
    /// Votes of one account, taken back ones included.
    public var vote: RateLimit?
    /// Votes from one network.
    public var voteNetwork: RateLimit?
    /// Uploads of one account.
    public var upload: RateLimit?
    /// Uploads from one network.
    public var uploadNetwork: RateLimit?

    /// No limits.
    public init() {}
}
