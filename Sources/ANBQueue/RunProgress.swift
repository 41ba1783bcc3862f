import ANBCore
import Synchronization

/// How far one run is, never going back, and when it last gave a sign of life.
final class RunProgress: Sendable {
    private struct State {
        var latest = JobProgress(stage: .queued)
        var reportedAt: Timestamp
    }

    private let state: Mutex<State>
    private let clock: any WallClock

    init(clock: any WallClock) {
        self.clock = clock
        state = Mutex(State(reportedAt: clock.now))
    }

    var latest: JobProgress { state.withLock { $0.latest } }

    /// How long nothing was reported.
    var silence: Duration { clock.now - state.withLock { $0.reportedAt } }

    /// Counts as a sign of life also when it tells nothing new.
    func report(_ progress: JobProgress) {
        let now = clock.now
        state.withLock { state in
            state.reportedAt = now
            state.latest = state.latest.advanced(to: progress)
        }
    }
}

extension JobProgress {
    /// The later of the two, within 0…1.
    func advanced(to next: JobProgress) -> JobProgress {
        let fraction = next.fraction.isNaN ? 0 : min(max(next.fraction, 0), 1)
        if next.stage == stage { return JobProgress(stage: stage, fraction: max(self.fraction, fraction)) }
        return next.stage.order > stage.order ? JobProgress(stage: next.stage, fraction: fraction) : self
    }
}

extension JobProgress.Stage {
    fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
