@testable import ANBAWS
import Testing

@Suite struct RetryPolicyTests {
    private struct Broken: Error {}
    private let policy = RetryPolicy(
        attemptsMax: 4, firstPauseMax: .milliseconds(100), firstThrottledPauseMax: .milliseconds(500), pauseMax: .seconds(1))

    private func pause(_ failure: AttemptFailure, _ attempt: Int = 1, _ rule: RetryPolicy.Rule = .idempotent) -> Duration? {
        policy.pause(after: failure, attempt: attempt, rule: rule, chance: 0.5)
    }

    private func refused(_ status: Int, _ code: String = "") -> AttemptFailure {
        .refused(AWSServiceError(status: status, code: code, message: ""))
    }

    @Test func pausesGrowWithFullJitterUpToALimit() {
        #expect((1...3).map { pause(refused(500), $0) } == [.milliseconds(50), .milliseconds(100), .milliseconds(200)])
        #expect(policy.pause(after: refused(500), attempt: 1, rule: .idempotent, chance: 0) == .zero)
        let patient = RetryPolicy(attemptsMax: 100, firstPauseMax: .milliseconds(100), pauseMax: .seconds(1))
        #expect(patient.pause(after: refused(500), attempt: 90, rule: .idempotent, chance: 0.5) == .milliseconds(500))
    }

    @Test func theLastAttemptHasNoPause() { #expect(pause(refused(500), 4) == nil) }

    @Test func aServiceThatAsksForTimeGetsMore() {
        for failure in [refused(503, "SlowDown"), refused(429), refused(400, "ThrottlingException")] {
            #expect(pause(failure) == .milliseconds(250))
            #expect(pause(failure, 1, .onlyWhenRefused) == .milliseconds(250))
        }
    }

    @Test func onlyIdempotentRequestsAreRepeatedWhenTheServiceMayHaveDoneThem() {
        for failure in [refused(500), refused(503, "ServiceUnavailable"), refused(400, "RequestTimeout"), .unanswered(Broken())] {
            #expect(pause(failure) != nil)
            #expect(pause(failure, 1, .onlyWhenRefused) == nil)
        }
        #expect(pause(.notConnected(Broken()), 1, .onlyWhenRefused) != nil)
    }

    @Test func whatIsWrongStaysWrong() {
        for failure in [refused(400, "MalformedXML"), refused(403, "AccessDenied"), refused(404, "NoSuchKey"), refused(412)] {
            #expect(pause(failure) == nil)
        }
    }
}
