import ANBCore
import ANBTesting
import Foundation
import Logging
import RedisTestServer
import Testing

@testable import ANBPersistence

/// The one suite on every rate limiter, and what only one of them does.
@Suite(.timeLimit(.minutes(1))) struct RateLimiterTests {
    @Test(arguments: RateLimiterSuite.suite.cases)
    func inMemory(_ rule: ConformanceCase<RateLimiterSuite.Subject>) async throws {
        let clock = ManualClock()
        let limiter = MemoryRateLimiter(clock: clock)
        try await rule.run(RateLimiterSuite.Subject(limiter: limiter, other: limiter) { clock.advance(by: $0) })
    }

    @Test(arguments: RateLimiterSuite.suite.cases)
    func onRedis(_ rule: ConformanceCase<RateLimiterSuite.Subject>) async throws {
        let (clock, url) = (ManualClock(), try await SharedRedisServer.shared.url())
        let prefix = "rates-\(UUID().uuidString):"
        let limiters = try (0..<2).map { _ in try RedisRateLimiter(url: url, prefix: prefix, clock: clock) }
        try await rule.run(RateLimiterSuite.Subject(limiter: limiters[0], other: limiters[1]) { clock.advance(by: $0) })
        for limiter in limiters { await limiter.close() }
    }

    /// The shared count is away: the own one decides, so it is neither open nor closed.
    @Test(arguments: RateLimiterSuite.suite.cases)
    func withoutTheSharedCount(_ rule: ConformanceCase<RateLimiterSuite.Subject>) async throws {
        let clock = ManualClock()
        let steady = SteadyRateLimiter(
            shared: AbsentLimiter(), own: MemoryRateLimiter(clock: clock), clock: clock, logger: Self.quiet)
        try await rule.run(RateLimiterSuite.Subject(limiter: steady, other: steady) { clock.advance(by: $0) })
    }

    @Test func aSharedCountThatDoesNotAnswerIsNotWaitedFor() async throws {
        let clock = ManualClock()
        let steady = SteadyRateLimiter(
            shared: SilentLimiter(), own: MemoryRateLimiter(clock: clock), clock: clock, logger: Self.quiet)
        let bucket = RateBucket(key: "a", limit: try RateLimit(1, per: .seconds(10)))
        let answer = Task { try await steady.take([bucket]) }
        try await clock.waitForSleepers(1)
        clock.advance(by: .milliseconds(250))
        #expect(try await answer.value.isAllowed)
    }

    @Test func aServerThatGoesAwayAndComesBackIsUsedAgain() async throws {
        var server = try await RedisTestServer.start()
        let shared = try RedisRateLimiter(url: server.url)
        // Patient, so that only the absence of the server counts.
        let steady = SteadyRateLimiter(
            shared: shared, own: MemoryRateLimiter(), answerTime: .seconds(5), logger: Self.quiet)
        let bucket = RateBucket(key: "a", limit: try RateLimit(2, per: .seconds(1000)))
        #expect(try await steady.take([bucket]).remaining == 1)
        server.kill()
        // The own count knows nothing of the first one.
        #expect(try await steady.take([bucket]).remaining == 1)
        server = try await server.restarted()
        let end = ContinuousClock.now + .seconds(20)
        while (try? await shared.check()) == nil {
            try expect(ContinuousClock.now < end, "Redis is not used again")
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(try await steady.take([bucket]).remaining == 1)
        #expect(try await steady.take([bucket]).remaining == 0)
        await shared.close()
        await server.stop()
    }

    @Test func memoryIsBounded() async throws {
        let clock = ManualClock()
        let limiter = MemoryRateLimiter(bucketsMax: 100, clock: clock)
        let limit = try RateLimit(10, per: .seconds(100))
        let watched = RateBucket(key: "watched", limit: limit)
        for _ in 0..<10 { _ = try await limiter.take([watched]) }
        for number in 0..<1000 {
            _ = try await limiter.take([RateBucket(key: "\(number)", limit: limit)])
            #expect(limiter.bucketCount <= 101)
        }
        for number in 0..<1000 {
            for step in [TryStep.began, .failed] {
                _ = try await limiter.note(step, [RateBucket(key: "try \(number)", limit: limit)])
            }
            #expect(limiter.bucketCount <= 202)
        }
        // Those that are nearest to full go first; this one is empty.
        #expect(!(try await limiter.take([watched]).isAllowed))
    }

    @Test(arguments: [(0, 1), (1_000_001, 1), (1, 0), (1, 86_401)])
    func limitsOutOfRangeAreRefused(count: Int, seconds: Int) async throws {
        try await expectError(.misconfigured) { try RateLimit(count, per: .seconds(seconds)) }
    }

    private static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

private struct AbsentLimiter: RateLimiter {
    func take(_ buckets: [RateBucket]) async throws -> RateDecision { throw ANBError.unavailable("away") }
    func note(_ step: TryStep, _ buckets: [RateBucket]) async throws -> TryStanding { throw ANBError.unavailable("away") }
}

private struct SilentLimiter: RateLimiter {
    func take(_ buckets: [RateBucket]) async throws -> RateDecision {
        try await Task.sleep(for: .seconds(3600))
        throw ANBError.unavailable("away")
    }

    func note(_ step: TryStep, _ buckets: [RateBucket]) async throws -> TryStanding {
        try await Task.sleep(for: .seconds(3600))
        throw ANBError.unavailable("away")
    }
}
