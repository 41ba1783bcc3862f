import ANBCore

/// One login on its way, in the counts of failed ones.
struct LoginTries: Sendable {
    private let limiter: (any RateLimiter)?
    private let account: RateBucket?
    /// Of the account's and the network's bucket.
    private let buckets: [RateBucket]
    private let counted: [Bool]

    /// - Throws: ``ANBError/Code/rateLimited`` while it is too early for another try.
    static func begin(_ limiter: (any RateLimiter)?, account: RateBucket?, network: RateBucket?) async throws -> LoginTries {
        let buckets = [account, network].compactMap { $0 }
        guard let limiter, !buckets.isEmpty else {
            return LoginTries(limiter: nil, account: nil, buckets: [], counted: [])
        }
        let standing = try await limiter.note(.began, buckets)
        if standing.wait > .zero {
            let seconds = Int64(standing.wait.inSeconds.rounded(.up))
            throw ANBError(
                .rateLimited, "Too many failed logins. Please try again in \(seconds) s.",
                operatorMessage: "login: failed too often lately", recovery: .retryLater(after: standing.wait))
        }
        return LoginTries(limiter: limiter, account: account, buckets: buckets, counted: standing.counted)
    }

    /// The right password proves the person. The network's failures stay: a swindler may have an account of their own there.
    func passed() async throws {
        if let account { _ = try await limiter?.note(.forgiven, [account]) }
        try await takeBack { $0 != account }
    }

    func failed() async throws {
        let uncounted = zip(buckets, counted).filter { !$1 }.map(\.0)
        if !uncounted.isEmpty { _ = try await limiter?.note(.failed, uncounted) }
    }

    /// Nothing was learned about the password.
    func undone() async throws { try await takeBack { _ in true } }

    private func takeBack(_ isMeant: (RateBucket) -> Bool) async throws {
        let meant = zip(buckets, counted).filter { $1 && isMeant($0) }.map(\.0)
        if !meant.isEmpty { _ = try await limiter?.note(.passed, meant) }
    }
}
