/// The arithmetic of a bucket (the generic cell rate algorithm): one number says how full it is.
///
/// The number is when the bucket will be full again, in ms. Each token moves it on by the time that a token takes to come
/// back; a bucket is empty when it would move further than a whole period into the future.
public enum RateMeter {
    /// - Parameters:
    ///   - limit: How much the bucket holds, and how fast it fills.
    ///   - fullAt: In ms; `nil` for a bucket that was not used lately.
    ///   - now: In ms.
    /// - Returns: When the bucket is full after one more token; `nil` when there is none.
    public static func taking(_ limit: RateLimit, fullAt: Double?, now: Double) -> Double? {
        let next = max(fullAt ?? now, now) + limit.millisecondsPerToken
        return next - now <= periodMilliseconds(limit) + tolerance ? next : nil
    }

    /// How a bucket stands.
    public static func decision(_ limit: RateLimit, isAllowed: Bool, fullAt: Double?, now: Double) -> RateDecision {
        let used = max((fullAt ?? now) - now, 0)
        let left = periodMilliseconds(limit) - used + tolerance
        let wait = limit.millisecondsPerToken - left
        return RateDecision(
            isAllowed: isAllowed, limit: limit, remaining: max(0, Int(left / limit.millisecondsPerToken)),
            retryAfter: wait > 0 ? .milliseconds(Int64(wait.rounded(.up))) : .zero)
    }

    /// Sums of fractions of a millisecond are not exact.
    private static let tolerance = 0.001

    private static func periodMilliseconds(_ limit: RateLimit) -> Double { limit.period.inSeconds * 1000 }
}
