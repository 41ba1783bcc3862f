import ANBCore
import Synchronization

/// When a runner last moved: its loop came round, or one of its runs noted progress.
final class RunnerPulse: Sendable {
    private let beatAt: Mutex<Timestamp>
    private let clock: any WallClock

    init(clock: any WallClock) {
        self.clock = clock
        beatAt = Mutex(clock.now)
    }

    func beat() {
        let now = clock.now
        beatAt.withLock { $0 = now }
    }

    var silence: Duration { clock.now - beatAt.withLock { $0 } }
}
