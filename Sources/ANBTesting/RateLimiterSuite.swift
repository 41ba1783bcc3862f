public import ANBCore

/// What every `RateLimiter` must do. Each case wants buckets that nobody used.
public enum RateLimiterSuite {
    /// A limiter and how a test makes time pass for it.
    public struct Subject: Sendable {
        /// The one that is tried.
        public var limiter: any RateLimiter
        /// Another process on the same backend; the same limiter when the backend is one process.
        public var other: any RateLimiter
        /// Lets time pass for the limiter.
        public var pass: @Sendable (Duration) async throws -> Void

        /// One backend, and how its time passes.
        public init(
            limiter: any RateLimiter, other: any RateLimiter, pass: @escaping @Sendable (Duration) async throws -> Void
        ) {
            self.limiter = limiter
            self.other = other
            self.pass = pass
        }
    }

    /// Every rule of `RateLimiter`.
    public static let suite = ConformanceSuite<Subject>(
        "rate limiter",
        [
            ConformanceCase("as many as the limit says pass at once, and no more") { subject in
                let bucket = try bucket("a", 3, per: .seconds(30))
                try expectEqual(try await subject.answers(bucket, 5), [true, true, true, false, false])
            },
            ConformanceCase("what is left and the wait are told") { subject in
                let bucket = try bucket("a", 3, per: .seconds(30))
                var left: [Int] = []
                for _ in 0..<3 { left.append(try await subject.limiter.take([bucket]).remaining) }
                try expectEqual(left, [2, 1, 0])
                let refused = try await subject.limiter.take([bucket])
                try expectEqual(
                    refused, RateDecision(isAllowed: false, limit: bucket.limit, remaining: 0, retryAfter: .seconds(10)))
                try await subject.pass(.seconds(4))
                try expectEqual(try await subject.limiter.take([bucket]).retryAfter, .seconds(6))
            },
            ConformanceCase("tokens come back one by one, evenly") { subject in
                let bucket = try bucket("a", 3, per: .seconds(30))
                _ = try await subject.answers(bucket, 3)
                try await subject.pass(.milliseconds(9999))
                try expectEqual(try await subject.answers(bucket, 1), [false])
                try await subject.pass(.milliseconds(1))
                try expectEqual(try await subject.answers(bucket, 2), [true, false])
                try await subject.pass(.seconds(20))
                try expectEqual(try await subject.answers(bucket, 3), [true, true, false])
            },
            ConformanceCase("a bucket never holds more than its limit, however long nobody takes") { subject in
                let bucket = try bucket("a", 2, per: .seconds(10))
                _ = try await subject.answers(bucket, 1)
                try await subject.pass(.seconds(86_400))
                try expectEqual(try await subject.answers(bucket, 3), [true, true, false])
            },
            ConformanceCase("a refusal costs nothing") { subject in
                let bucket = try bucket("a", 1, per: .seconds(10))
                _ = try await subject.answers(bucket, 5)
                try await subject.pass(.seconds(10))
                try expectEqual(try await subject.answers(bucket, 1), [true])
            },
            ConformanceCase("buckets of different keys do not touch each other") { subject in
                try expectEqual(try await subject.answers(try bucket("a", 1, per: .seconds(10)), 2), [true, false])
                try expectEqual(try await subject.answers(try bucket("b", 1, per: .seconds(10)), 2), [true, false])
            },
            ConformanceCase("of several buckets all are used or none") { subject in
                let (narrow, wide) = (try bucket("n", 1, per: .seconds(10)), try bucket("w", 3, per: .seconds(10)))
                try expect(try await subject.limiter.take([narrow, wide]).isAllowed, "refused")
                for _ in 0..<3 { try expect(!(try await subject.limiter.take([wide, narrow]).isAllowed), "allowed") }
                try expectEqual(try await subject.answers(wide, 3), [true, true, false])
            },
            ConformanceCase("the answer is about the bucket that allows least") { subject in
                let (narrow, wide) = (try bucket("n", 2, per: .seconds(10)), try bucket("w", 9, per: .seconds(10)))
                let decision = try await subject.limiter.take([wide, narrow])
                try expectEqual(decision.limit, narrow.limit)
                try expectEqual(decision.remaining, 1)
            },
            ConformanceCase("processes on one backend share their buckets") { subject in
                let bucket = try bucket("a", 2, per: .seconds(10))
                try expect(try await subject.limiter.take([bucket]).isAllowed, "refused")
                try expect(try await subject.other.take([bucket]).isAllowed, "refused")
                try expect(!(try await subject.limiter.take([bucket]).isAllowed), "allowed")
                try expect(!(try await subject.other.take([bucket]).isAllowed), "allowed")
            },
            ConformanceCase("of many at the same moment exactly the limit passes") { subject in
                let bucket = try bucket("a", 10, per: .seconds(1000))
                let allowed = try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<50 {
                        let limiter = number % 2 == 0 ? subject.limiter : subject.other
                        group.addTask { try await limiter.take([bucket]).isAllowed }
                    }
                    return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                try expectEqual(allowed, 10)
            },
            ConformanceCase("limits that do not divide their period are exact in the end") { subject in
                let bucket = try bucket("a", 7, per: .seconds(1))
                _ = try await subject.answers(bucket, 7)
                var passed = 0
                for _ in 0..<1000 {
                    try await subject.pass(.milliseconds(10))
                    if try await subject.limiter.take([bucket]).isAllowed { passed += 1 }
                }
                // Ten seconds of seven a second; the clock's steps may hold back one.
                try expect((69...70).contains(passed), "\(passed) passed in ten seconds")
            },
        ] + tryCases)

    private static func bucket(_ key: String, _ count: Int, per period: Duration) throws -> RateBucket {
        RateBucket(key: key, limit: try RateLimit(count, per: period))
    }
}

extension RateLimiterSuite.Subject {
    func answers(_ bucket: RateBucket, _ count: Int) async throws -> [Bool] {
        var answers: [Bool] = []
        for _ in 0..<count { answers.append(try await limiter.take([bucket]).isAllowed) }
        return answers
    }
}
