import ANBCore
import ANBTesting
import Testing

@testable import ANBHTTP

@Suite struct BodyPaceTests {
    private let start = Timestamp(milliseconds: 1_000_000)
    private let limits: EdgeLimits = {
        var limits = EdgeLimits()
        (limits.idleSecondsMax, limits.bodyBytesPerSecondMin, limits.bodyGraceSeconds) = (30, 1000, 10)
        return limits
    }()

    @Test func silenceEndsAtItsLimit() async throws {
        var pace = BodyPace(limits: limits)
        pace.beginWaiting(start)
        pace.endWaiting(start, received: 1_000_000)
        pace.beginWaiting(start)
        try pace.check(start + .milliseconds(29_999))
        try await expectError(.requestTimeout) { try pace.check(start + .seconds(30)) }
    }

    /// One byte a second is never silent for long, and still ends.
    @Test func drippingEndsAfterTheGrace() async throws {
        var pace = BodyPace(limits: limits)
        for second in 0..<10 {
            pace.beginWaiting(start + .seconds(second))
            try pace.check(start + .seconds(second + 1))
            pace.endWaiting(start + .seconds(second + 1), received: 1)
        }
        pace.beginWaiting(start + .seconds(10))
        try await expectError(.requestTimeout) { try pace.check(start + .seconds(11)) }
    }

    @Test func theMinimumRateIsEnough() throws {
        var pace = BodyPace(limits: limits)
        for second in 0..<100 {
            pace.beginWaiting(start + .seconds(second))
            try pace.check(start + .seconds(second + 1))
            pace.endWaiting(start + .seconds(second + 1), received: 1000)
        }
        #expect(pace.byteCount == 100_000)
    }

    /// Between two waits it is we who are slow.
    @Test func ourOwnTimeDoesNotCount() throws {
        var pace = BodyPace(limits: limits)
        for second in 0..<100 {
            pace.beginWaiting(start + .seconds(second * 60))
            pace.endWaiting(start + .seconds(second * 60), received: 1)
            try pace.check(start + .seconds(second * 60 + 59))
        }
    }
}
