import ANBCore
import ANBHTTP
import ANBPersistence
import Logging

/// How often people may do what, and where that is counted.
struct RateSettings: Sendable {
    let rules: RateRules
    let proxies: TrustedProxies
    /// `nil`: in this process.
    private let redis: (url: String, prefix: String)?

    /// - Throws: ``ANBError/Code/misconfigured`` naming the setting.
    init(_ sources: SettingSources) throws {
        rules = try Self.rules(sources)
        do {
            proxies = try sources.text(.trustedProxies).map { try TrustedProxies($0) } ?? TrustedProxies.none
        } catch let error as ANBError {
            throw error.blaming([Setting.trustedProxies.name])
        }
        guard try sources.choice(.rateBackend, of: ["memory", "redis"]) == "redis" else {
            redis = nil
            return
        }
        guard let url = try sources.text(.redisURL) else {
            throw SettingSources.missing(.redisURL, "must be set with RATE_LIMIT_BACKEND=redis")
        }
        redis = (url, try sources.find(.redisPrefix).text)
    }

    private static func rules(_ sources: SettingSources) throws -> RateRules {
        var rules = RateRules()
        rules.login = try rate(sources, .rateLogin)
        rules.loginAccount = try rate(sources, .rateLoginAccount)
        rules.loginNetwork = try rate(sources, .rateLoginNetwork)
        rules.loginFailures = try rate(sources, .rateLoginFailures)
        rules.loginFailuresNetwork = try rate(sources, .rateLoginFailuresNetwork)
        rules.signUpNetwork = try rate(sources, .rateSignUpNetwork)
        rules.vote = try rate(sources, .rateVote)
        rules.voteNetwork = try rate(sources, .rateVoteNetwork)
        rules.upload = try rate(sources, .rateUpload)
        rules.uploadNetwork = try rate(sources, .rateUploadNetwork)
        return rules
    }

    private static func rate(_ sources: SettingSources, _ setting: Setting) throws -> RateLimit? {
        let text = try sources.find(setting).text
        if text == "off" { return nil }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let count = parts[0], let seconds = parts[1],
            let limit = try? RateLimit(count, per: .seconds(seconds))
        else {
            throw SettingSources.wrong(setting, text, "must look like 10/60: 1 to 1000000 in 1 to 86400 seconds; or off")
        }
        return limit
    }

    /// - Throws: ``ANBError`` when the server cannot be used now, so that a wrong setting stops the start.
    func open(_ logger: Logger) async throws -> RateCounter {
        let own = MemoryRateLimiter()
        guard let redis else { return RateCounter(limiter: own, shared: nil) }
        let shared = try RedisRateLimiter(url: redis.url, prefix: redis.prefix)
        do {
            try await blaming([Setting.redisURL.name]) { try await shared.check() }
        } catch {
            await shared.close()
            throw error
        }
        return RateCounter(limiter: SteadyRateLimiter(shared: shared, own: own, logger: logger), shared: shared)
    }
}

/// The open limiter of a process.
struct RateCounter: Sendable {
    let limiter: any RateLimiter
    fileprivate let shared: RedisRateLimiter?

    fileprivate init(limiter: any RateLimiter, shared: RedisRateLimiter?) {
        self.limiter = limiter
        self.shared = shared
    }

    func close() async { await shared?.close() }
}
