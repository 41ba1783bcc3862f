public import ANBCore
import Synchronization

/// Counts inside one process.
public final class MemoryRateLimiter: RateLimiter {
    /// Buckets that are not full; beyond it those that are nearest to it are forgotten.
    private let bucketsMax: Int
    private let clock: any WallClock
    /// When each bucket is full again, in ms.
    private let fullAt = Mutex<[String: Double]>([:])
    private let failures = Mutex<[String: FailureMeter]>([:])

    /// - Parameters:
    ///   - bucketsMax: Buckets remembered at the same time; at least 10.
    ///   - clock: The time.
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
                forgetSome(&table, now) { $0 }
            }
            return try RateDecision.tightest(
                buckets.map { RateMeter.decision($0.limit, isAllowed: isAllowed, fullAt: table[$0.key], now: now) })
        }
    }

    public func note(_ step: TryStep, _ buckets: [RateBucket]) async throws -> TryStanding {
        let now = Double(clock.now.milliseconds)
        return failures.withLock { table in
            let opensAt = buckets.map { table[$0.key]?.opensAt ?? 0 }.max() ?? 0
            if step == .began, opensAt > now {
                return TryStanding(
                    wait: .milliseconds(Int64((opensAt - now).rounded(.up))), counted: buckets.map { _ in false })
            }
            let counted = buckets.map { bucket in
                var meter = table[bucket.key] ?? FailureMeter()
                let counted = meter.note(step, bucket.limit, now: now)
                table[bucket.key] = meter.endsAt > now ? meter : nil
                return counted
            }
            forgetSome(&table, now) { $0.endsAt }
            return TryStanding(wait: .zero, counted: counted)
        }
    }

    /// How many buckets are remembered, of both kinds.
    var bucketCount: Int { fullAt.withLock(\.count) + failures.withLock(\.count) }

    /// Keeps a table below its bound.
    private func forgetSome<Value>(_ table: inout [String: Value], _ now: Double, endsAt: (Value) -> Double) {
        guard table.count > bucketsMax else { return }
        table = table.filter { endsAt($0.value) > now }
        let surplus = table.count - bucketsMax * 9 / 10
        guard surplus > 0 else { return }
        for (key, _) in table.sorted(by: { endsAt($0.value) < endsAt($1.value) }).prefix(surplus) { table[key] = nil }
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
