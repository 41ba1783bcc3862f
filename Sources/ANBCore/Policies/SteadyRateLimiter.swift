package import Logging

/// Counts on a shared backend, and inside this process while that one is away or slow.
///
/// Neither open nor closed: an outage of the counter must not lock people out, and must not let anyone try passwords
/// without a limit. Each process then allows what all of them together should.
package struct SteadyRateLimiter: RateLimiter {
    private let shared: any RateLimiter
    private let own: any RateLimiter
    private let answerTime: Duration
    private let clock: any WallClock
    private let logger: Logger

    /// - Parameters:
    ///   - shared: Asked first.
    ///   - own: Must not fail.
    ///   - answerTime: What a request waits for the shared count.
    package init(
        shared: any RateLimiter, own: any RateLimiter, answerTime: Duration = .milliseconds(250),
        clock: any WallClock = SystemClock(), logger: Logger
    ) {
        self.shared = shared
        self.own = own
        self.answerTime = answerTime
        self.clock = clock
        self.logger = logger
    }

    package func take(_ buckets: [RateBucket]) async throws -> RateDecision { try await asking { try await $0.take(buckets) } }

    package func note(_ step: TryStep, _ buckets: [RateBucket]) async throws -> TryStanding {
        try await asking { try await $0.note(step, buckets) }
    }

    private func asking<Answer: Sendable>(
        _ question: @escaping @Sendable (any RateLimiter) async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await withTimeout(answerTime, clock: clock, doing: "counting a rate") { [shared] in
                try await question(shared)
            }
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            logger.warning("rates are counted in this process only", metadata: ["error": "\(error)"])
            return try await question(own)
        }
    }
}
