/// A step of something that may be tried again after it failed, such as a login.
public enum TryStep: String, Sendable {
    /// Is it time for the next try? Beyond the free failures the try is counted at once, so that of many at the same moment
    /// one goes on.
    case began
    /// It failed, and was not counted when it began.
    case failed
    /// It did not fail, and was counted when it began: that is taken back.
    case passed
    /// All failures are forgotten.
    case forgiven
}

/// The answer to ``TryStep/began``.
public struct TryStanding: Hashable, Sendable {
    /// Until the next try may begin; zero when this one may.
    public var wait: Duration
    /// For each bucket, whether the try is counted already.
    public var counted: [Bool]

    /// A standing as a limiter tells it.
    public init(wait: Duration, counted: [Bool]) {
        self.wait = wait
        self.counted = counted
    }
}

/// The arithmetic of waiting after failures. ``RateLimit/count`` of them are free; each one more makes the next try wait
/// twice as long, from 1 s to ``waitMillisecondsMax``. Failures are forgotten evenly, ``RateLimit/count`` in
/// ``RateLimit/period``, and a try that is refused counts for nothing: whoever waits gets in.
public struct FailureMeter: Hashable, Sendable {
    /// The longest wait, in ms: a quarter of an hour.
    public static let waitMillisecondsMax = 900_000.0
    static let waitMillisecondsMin = 1000.0
    /// Sums of fractions are not exact.
    private static let tolerance = 0.000_001

    /// When every failure is forgotten, in ms.
    public private(set) var forgottenAt: Double
    /// When the next try may begin, in ms.
    public private(set) var opensAt: Double

    /// Nothing has failed yet.
    public init() { (forgottenAt, opensAt) = (0, 0) }

    /// When nothing need be remembered any more, in ms.
    public var endsAt: Double { max(forgottenAt, opensAt) }

    /// - Precondition: For ``TryStep/began``, that it is open.
    /// - Returns: Whether the try was counted when it began.
    public mutating func note(_ step: TryStep, _ limit: RateLimit, now: Double) -> Bool {
        forgottenAt = max(forgottenAt, now)
        // One that is not quite forgotten counts whole.
        let failures = ((forgottenAt - now) / limit.millisecondsPerToken - Self.tolerance).rounded(.up)
        let excess = Int(max(failures, 0)) - limit.count
        switch step {
        case .began where excess >= 0:
            forgottenAt += limit.millisecondsPerToken
            opensAt = now + Self.wait(beyond: excess + 1)
            return true
        case .failed:
            forgottenAt += limit.millisecondsPerToken
            if excess + 1 >= 0 { opensAt = max(opensAt, now + Self.wait(beyond: excess + 1)) }
        case .passed:
            forgottenAt = max(now, forgottenAt - limit.millisecondsPerToken)
            opensAt = 0
        case .forgiven: self = FailureMeter()
        case .began: break
        }
        return false
    }

    /// - Parameter excess: Failures that were not free; 0 or more.
    private static func wait(beyond excess: Int) -> Double {
        min(waitMillisecondsMin * Double(1 << min(excess, 20)), waitMillisecondsMax)
    }
}
