/// Counts how often somebody does something, and says when it is too often.
///
/// Rules that the conformance suite checks on every backend:
/// - A bucket holds ``RateLimit/count`` tokens, begins full, and fills up evenly over ``RateLimit/period``.
/// - ``take(_:)`` takes one token from each bucket, or from none when one of them is empty.
/// - Buckets of different keys have nothing to do with each other; all processes on one backend share them.
/// - Nothing is kept of a bucket that is full.
/// - Failed tries are counted apart, as ``FailureMeter`` says; keys of the two counts must not be the same.
public protocol RateLimiter: Sendable {
    /// - Parameter buckets: 1…8, with different keys.
    /// - Returns: What the fullest use of any of the buckets allows.
    func take(_ buckets: [RateBucket]) async throws -> RateDecision

    /// Notes a step of a try that may fail, in each bucket or, when one of them has to wait, in none.
    /// - Parameters:
    ///   - step: What happened.
    ///   - buckets: 1…8, with different keys. A bucket's limit says how many failures cost no waiting, and in what time that
    ///     many are forgotten.
    func note(_ step: TryStep, _ buckets: [RateBucket]) async throws -> TryStanding
}

/// How much is allowed in what time.
public struct RateLimit: Hashable, Sendable {
    /// Tokens at once; 1…1,000,000.
    public let count: Int
    /// In which an empty bucket becomes full; 1 s…1 day.
    public let period: Duration

    /// - Throws: ``ANBError/Code/misconfigured`` when a number is out of its range.
    public init(_ count: Int, per period: Duration) throws {
        guard (1...1_000_000).contains(count), (.seconds(1) ... .seconds(86_400)).contains(period) else {
            throw ANBError(.misconfigured, "A rate must be 1 to 1000000 in 1 to 86400 seconds.")
        }
        self.init(checked: count, per: period)
    }

    init(checked count: Int, per period: Duration) {
        self.count = count
        self.period = period
    }

    /// Between two tokens, in ms.
    public var millisecondsPerToken: Double { period.inSeconds * 1000 / Double(count) }
}

/// One count of one person or network.
public struct RateBucket: Hashable, Sendable {
    /// Names the bucket on every backend; at most 200 bytes, and nothing that tells who it is about.
    public var key: String
    /// How much it holds, and how fast it fills.
    public var limit: RateLimit

    /// One bucket to take from.
    public init(key: String, limit: RateLimit) {
        self.key = key
        self.limit = limit
    }
}

/// The answer of a ``RateLimiter``, about the bucket that allows least.
public struct RateDecision: Hashable, Sendable {
    /// Whether every bucket had a token.
    public var isAllowed: Bool
    /// Of the bucket that has least.
    public var limit: RateLimit
    /// Tokens that are left.
    public var remaining: Int
    /// Until the next one may pass; zero when it may now.
    public var retryAfter: Duration

    /// A decision as a limiter makes it.
    public init(isAllowed: Bool, limit: RateLimit, remaining: Int, retryAfter: Duration) {
        self.isAllowed = isAllowed
        self.limit = limit
        self.remaining = remaining
        self.retryAfter = retryAfter
    }
}
