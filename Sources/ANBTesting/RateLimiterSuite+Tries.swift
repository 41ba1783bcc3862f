import ANBCore

extension RateLimiterSuite {
    /// Failures of what may be tried again. Three are free, and one is forgotten every thousand seconds.
    static let tryCases: [ConformanceCase<Subject>] = [
        ConformanceCase("free failures cost no waiting, each further one doubles it, up to a quarter of an hour") { subject in
            let bucket = try tries("a", 86_400)
            var waits: [Int64] = []
            for _ in 0..<15 {
                let standing = try await subject.fail(bucket)
                try expectEqual(standing.wait, .zero)
                let wait = try await subject.limiter.note(.began, [bucket]).wait
                waits.append(wait.components.seconds)
                // While it is too early a try counts for nothing, and does not make the wait longer.
                if wait > .zero { try expectEqual(try await subject.other.note(.began, [bucket]).wait, wait) }
                try await subject.pass(wait)
            }
            try expectEqual(waits, [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900])
        },
        ConformanceCase("the wait ends when it says, not before") { subject in
            let bucket = try tries("a")
            for _ in 0..<3 { _ = try await subject.fail(bucket) }
            try await subject.pass(.milliseconds(999))
            try expectEqual(try await subject.limiter.note(.began, [bucket]).wait, .milliseconds(1))
            try await subject.pass(.milliseconds(1))
            try expectEqual(
                try await subject.limiter.note(.began, [bucket]), TryStanding(wait: .zero, counted: [true]))
        },
        ConformanceCase("of many tries at the same moment, when one has to wait, exactly one goes on") { subject in
            let bucket = try tries("a")
            for _ in 0..<3 { _ = try await subject.fail(bucket) }
            try await subject.pass(.seconds(1))
            let begun = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<50 {
                    let limiter = number % 2 == 0 ? subject.limiter : subject.other
                    group.addTask { try await limiter.note(.began, [bucket]).wait == .zero }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try expectEqual(begun, 1)
        },
        ConformanceCase("of tries that began at the same moment every failure counts") { subject in
            let bucket = try tries("a")
            for _ in 0..<20 { try expectEqual(try await subject.limiter.note(.began, [bucket]).counted, [false]) }
            for _ in 0..<20 { _ = try await subject.limiter.note(.failed, [bucket]) }
            try expectEqual(try await subject.limiter.note(.began, [bucket]).wait, .seconds(900))
        },
        ConformanceCase("failures are forgotten evenly") { subject in
            let bucket = try tries("a")
            for _ in 0..<3 { _ = try await subject.fail(bucket) }
            try await subject.pass(.seconds(1000))
            try expectEqual(
                try await subject.limiter.note(.began, [bucket]), TryStanding(wait: .zero, counted: [false]))
            _ = try await subject.limiter.note(.failed, [bucket])
            try expectEqual(try await subject.limiter.note(.began, [bucket]).wait, .seconds(1))
            try await subject.pass(.seconds(3000))
            for _ in 0..<2 { try expectEqual(try await subject.fail(bucket).wait, .zero) }
            try expectEqual(try await subject.limiter.note(.began, [bucket]).wait, .zero)
        },
        ConformanceCase("a try that passes takes back what it counted; forgiving forgets all") { subject in
            let bucket = try tries("a")
            for _ in 0..<4 {
                _ = try await subject.fail(bucket)
                try await subject.pass(.seconds(1))
            }
            try await subject.pass(.seconds(1))
            try expectEqual(try await subject.limiter.note(.began, [bucket]).counted, [true])
            try expect(try await subject.limiter.note(.began, [bucket]).wait > .seconds(3), "the try was not counted")
            _ = try await subject.other.note(.passed, [bucket])
            try expectEqual(
                try await subject.limiter.note(.began, [bucket]), TryStanding(wait: .zero, counted: [true]))
            try expectEqual(try await subject.limiter.note(.began, [bucket]).wait, .seconds(4))
            _ = try await subject.limiter.note(.forgiven, [bucket])
            for _ in 0..<3 { try expectEqual(try await subject.fail(bucket).wait, .zero) }
            try expectEqual(try await subject.limiter.note(.began, [bucket]).wait, .seconds(1))
        },
        ConformanceCase("while one bucket has to wait, nothing is counted in the others") { subject in
            let (narrow, wide) = (try tries("n"), try tries("w"))
            for _ in 0..<3 { _ = try await subject.fail(narrow) }
            for _ in 0..<3 { _ = try await subject.fail(wide) }
            try await subject.pass(.seconds(1))
            _ = try await subject.limiter.note(.began, [narrow])
            try expectEqual(try await subject.limiter.note(.began, [wide, narrow]).wait, .seconds(2))
            try expectEqual(
                try await subject.limiter.note(.began, [wide]), TryStanding(wait: .zero, counted: [true]))
        },
        ConformanceCase("tries of different keys do not touch each other") { subject in
            for _ in 0..<3 { _ = try await subject.fail(try tries("a")) }
            try expectEqual(try await subject.limiter.note(.began, [try tries("b")]).wait, .zero)
        },
    ]

    private static func tries(_ key: String, _ seconds: Int = 3000) throws -> RateBucket {
        RateBucket(key: key, limit: try RateLimit(3, per: .seconds(seconds)))
    }
}

extension RateLimiterSuite.Subject {
    /// A try that fails, or has to wait.
    fileprivate func fail(_ bucket: RateBucket) async throws -> TryStanding {
        let standing = try await limiter.note(.began, [bucket])
        if standing.wait == .zero, standing.counted == [false] { _ = try await other.note(.failed, [bucket]) }
        return standing
    }
}
