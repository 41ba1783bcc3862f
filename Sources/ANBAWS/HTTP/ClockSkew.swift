import ANBCore
import Foundation
import Synchronization

/// How far a service's clock is ahead of ours, learnt from its refusals.
final class ClockSkew: Sendable {
    /// AWS refuses signatures that are 5 minutes off; below this the clock was not the reason.
    static let differenceMin: Duration = .seconds(60)

    private let ahead = Mutex<Duration>(.zero)

    func corrected(_ time: Timestamp) -> Timestamp { time + ahead.withLock { $0 } }

    /// - Parameter date: The `Date` header of an answer.
    /// - Returns: Whether the correction changed, so that a new signature may succeed.
    func learn(from date: String?, now: Timestamp) -> Bool {
        guard let date, let theirs = Timestamp(httpDate: date) else { return false }
        return ahead.withLock { ahead in
            let difference = theirs - (now + ahead)
            guard max(difference, .zero - difference) >= Self.differenceMin else { return false }
            ahead = theirs - now
            return true
        }
    }
}
