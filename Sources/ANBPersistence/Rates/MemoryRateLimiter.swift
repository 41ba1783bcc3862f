public import ANBCore
import Synchronization

/// Counts inside one process.
public final class MemoryRateLimiter: RateLimiter {
    /// Buckets that are not full; beyond it those that are nearest to it are forgotten.
    private let bucketsMax: Int
    private let clock: any WallClock
    /// When each bucket is full again, in ms.
    private let fullAt = Mutex<[String: Double]>([:])

    /// - Parameter bucketsMax: Buckets remembered at the same time; at least 10.
    public init(bucketsMax: Int = 100_000, clock: any WallClock = SystemClock()) {
        self.bucketsMax = max(10, bucketsMax)
        self.clock = clock
    }

    public func take(_ buckets: [RateBucket]) async throws -> RateDecision {
        let now = Double(clock.now.milliseconds)
        return try fullAt.withLock { table in
            let next = buckets.map { RateMeter.taking($0.limit, fullAt: table[$0.key], now: now) }
            let isAllowed = next.allSatisfy { $0 != nil }
            if isAllowed {
                for (bucket, time) in zip(buckets, next) { table[bucket.key] = time }
                if table.count > bucketsMax { Self.forget(&table, now, downTo: bucketsMax * 9 / 10) }
            }
            return try RateDecision.tightest(
                buckets.map { RateMeter.decision($0.limit, isAllowed: isAllowed, fullAt: table[$0.key], now: now) })
        }
    }

    /// How many buckets are remembered.
    var bucketCount: Int { fullAt.withLock(\.count) }

    private static func forget(_ table: inout [String: Double], _ now: Double, downTo count: Int) {
        table = table.filter { $0.value > now }
        guard table.count > count else { return }
        for (key, _) in table.sorted(by: { $0.value < $1.value }).prefix(table.count - count) { table[key] = nil }
    }
}

extension RateDecision {
    /// The one that allows least.
    /// - Throws: ``ANBError/Code/invalidRequest`` when there is none.
    static func tightest(_ decisions: [RateDecision]) throws -> RateDecision {
        let tightest = decisions.min { left, right in
            (left.remaining, right.retryAfter) < (right.remaining, left.retryAfter)
        }
        guard let tightest else { throw ANBError(.invalidRequest, "A rate needs a bucket.") }
        return tightest
    }
}
