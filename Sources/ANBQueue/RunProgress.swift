import ANBCore
import Synchronization

/// How far one run is, never going back, when it should end, and when it last gave a sign of life.
final class RunProgress: Sendable {
    fileprivate struct State {
        var latest = JobProgress(stage: .queued)
        var reportedAt: Timestamp
        var waitsSince: Timestamp?
        /// Where the stage began that takes the time; what came before says nothing about its pace.
        var longStageBegan: (overall: Double, at: Timestamp)?
    }

    /// Of all the work, before a pace is worth telling.
    fileprivate static let shareForEstimates = 0.05

    private let state: Mutex<State>
    private let clock: any WallClock

    init(clock: any WallClock) {
        self.clock = clock
        state = Mutex(State(reportedAt: clock.now))
    }

    var latest: JobProgress { state.withLock { $0.latest } }

    /// How long nothing was reported; none while it waits for others.
    var silence: Duration { state.withLock { $0.waitsSince == nil ? clock.now - $0.reportedAt : .zero } }

    /// How long it has been waiting for its turn; nil while it does not.
    var wait: Duration? { state.withLock(\.waitsSince).map { clock.now - $0 } }

    func whileWaiting(_ body: () async throws -> Void) async throws {
        note(isWaiting: true)
        defer { note(isWaiting: false) }
        try await body()
    }

    private func note(isWaiting: Bool) {
        let now = clock.now
        state.withLock { ($0.waitsSince, $0.reportedAt) = (isWaiting ? now : nil, now) }
    }

    /// Counts as a sign of life also when it tells nothing new.
    func report(_ progress: JobProgress) {
        let now = clock.now
        state.withLock { state in
            state.reportedAt = now
            let previous = state.latest
            state.latest = previous.advanced(to: progress)
            if state.latest.stage == .transcoding, state.longStageBegan == nil {
                state.longStageBegan = (state.latest.overall, now)
            }
            let isFurther = state.latest.overall > previous.overall
            state.latest.expectedEnd = isFurther ? state.expectedEnd(at: now) : previous.expectedEnd
        }
    }
}

extension RunProgress.State {
    /// - Parameter now: Of the latest report.
    fileprivate func expectedEnd(at now: Timestamp) -> Timestamp? {
        guard let start = longStageBegan else { return nil }
        let (done, left) = (latest.overall - start.overall, 1 - latest.overall)
        guard done >= RunProgress.shareForEstimates else { return nil }
        return now + .seconds((now - start.at).inSeconds * left / done)
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

extension JobProgress {
    /// Of what takes the time a quarter is left: enough to fetch the next clip in, and little for it to wait.
    var isNearlyDone: Bool { stage == .transcoding ? fraction >= 0.75 : stage.order > Stage.transcoding.order }
}

extension JobProgress.Stage {
    fileprivate var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
