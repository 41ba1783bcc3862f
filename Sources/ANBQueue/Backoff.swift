import ANBCore

/// Exponential delays with full jitter: anything between nothing and a bound that doubles with each failure. The
/// spread keeps many who failed together from coming back together.
struct Backoff: Hashable, Sendable {
    /// The bound after the first failure.
    let base: Duration
    /// The bound never grows beyond this.
    let cap: Duration

    /// - Parameters:
    ///   - failures: In a row, from 1.
    ///   - fraction: Chance, in 0..<1.
    func delay(afterFailures failures: Int, fraction: Double) -> Duration {
        let doublings = min(max(failures, 1) - 1, 30)
        return min(cap, base * (1 << doublings)) * fraction
    }
}
