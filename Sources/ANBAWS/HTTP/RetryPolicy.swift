import ANBCore

/// When a failed request is sent again, and after how long. Pure: it is told what happened and decides.
package struct RetryPolicy: Hashable, Sendable {
    /// What repeating a request may do.
    package enum Rule: Hashable, Sendable {
        /// The second time changes nothing.
        case idempotent
        /// Sent again only when the first surely did nothing: no connection, or a refusal because of load.
        case onlyWhenRefused
    }

    /// Attempts in all.
    package var attemptsMax: Int
    /// The pause before the second attempt is at most this; it doubles with each attempt.
    package var firstPauseMax: Duration
    /// Likewise for a service that asks to slow down.
    package var firstThrottledPauseMax: Duration
    /// No pause is longer.
    package var pauseMax: Duration

    package init(
        attemptsMax: Int = 5, firstPauseMax: Duration = .milliseconds(100), firstThrottledPauseMax: Duration = .milliseconds(500),
        pauseMax: Duration = .seconds(10)
    ) {
        self.attemptsMax = attemptsMax
        self.firstPauseMax = firstPauseMax
        self.firstThrottledPauseMax = firstThrottledPauseMax
        self.pauseMax = pauseMax
    }

    /// The pause before the next attempt, with full jitter; `nil` when there is to be none.
    /// - Parameters:
    ///   - attempt: The one that failed, from 1.
    ///   - chance: Uniform in 0..<1.
    func pause(after failure: AttemptFailure, attempt: Int, rule: Rule, chance: Double) -> Duration? {
        guard attempt < attemptsMax, mayRepeat(failure, rule) else { return nil }
        var most = firstPauseMax
        if case .refused(let error) = failure, error.isThrottling { most = firstThrottledPauseMax }
        let ceiling = min(most * (1 << min(attempt - 1, 16)), pauseMax)
        return ceiling * chance
    }

    private func mayRepeat(_ failure: AttemptFailure, _ rule: Rule) -> Bool {
        switch failure {
        case .notConnected: true
        case .unanswered: rule == .idempotent
        case .refused(let error): error.isThrottling || (rule == .idempotent && error.isServerFault)
        }
    }
}
