import ANBCore
import Synchronization
import Tracing

/// The stages of one run, as its reports tell them, timed and made spans.
final class RunStages: Sendable {
    private struct Open {
        var stage: JobProgress.Stage
        var since: Timestamp
        var span: any Span
    }

    private let open = Mutex<Open?>(nil)
    private let metrics: RunMetrics
    private let clock: any WallClock
    /// Of the run's span: reports come from tasks that do not know it.
    private let context: ServiceContext

    init(_ metrics: RunMetrics, _ clock: any WallClock, below context: ServiceContext) {
        self.metrics = metrics
        self.clock = clock
        self.context = context
    }

    /// Another stage than the last one ends that.
    func report(_ progress: JobProgress) {
        let isNew = open.withLock { $0?.stage != progress.stage }
        if isNew { change(to: progress.stage, "done") }
    }

    func end(_ ending: RunEnding) { change(to: nil, ending.ofLastStage) }

    private func change(to stage: JobProgress.Stage?, _ outcome: String) {
        let now = clock.now
        let next = stage.map { Open(stage: $0, since: now, span: startSpan($0.rawValue, context: context)) }
        let last = open.withLock { open in
            defer { open = next }
            return open
        }
        guard let last else { return }
        metrics.stageEnded(last.stage, outcome, seconds: max(0, (now - last.since).inSeconds))
        if outcome == "failed" { last.span.setStatus(SpanStatus(code: .error)) }
        last.span.end()
    }
}
