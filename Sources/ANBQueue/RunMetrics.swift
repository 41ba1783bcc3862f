import ANBCore
import Metrics

/// What a runner tells of its runs. Every metric is there from the start, with 0, so that a rule about it is never about
/// nothing.
struct RunMetrics: Sendable {
    private struct Name: Hashable {
        var kind: Job.Kind
        var ending: RunEnding
    }

    private let runs: [Name: Counter]
    private let seconds: [Job.Kind: Timer]
    private let inProgress = Meter(label: "anb_job_runs_in_progress")
    private let timeToPublish = Timer(label: "anb_time_to_publish_seconds")
    private let fencesRefused = Counter(label: "anb_fences_refused_total")

    init(kinds: some Sequence<Job.Kind>) {
        var runs: [Name: Counter] = [:]
        var seconds: [Job.Kind: Timer] = [:]
        for kind in kinds {
            for ending in RunEnding.allCases {
                runs[Name(kind: kind, ending: ending)] = Counter(
                    label: "anb_job_runs_total", dimensions: [("kind", kind.rawValue), ("ending", ending.rawValue)])
            }
            seconds[kind] = Timer(label: "anb_job_run_seconds", dimensions: [("kind", kind.rawValue)])
        }
        self.runs = runs
        self.seconds = seconds
        inProgress.set(0)
    }

    func began() { inProgress.increment() }

    func ended(_ job: Job, _ ending: RunEnding, seconds: Double, at now: Timestamp) {
        inProgress.decrement()
        runs[Name(kind: job.kind, ending: ending)]?.increment()
        self.seconds[job.kind]?.recordSeconds(seconds)
        if ending == .fenced_out { fencesRefused.increment() }
        guard job.kind == .processVideo, ending == .committed else { return }
        timeToPublish.recordSeconds(max(0, (now - job.createdAt).inSeconds))
    }

    /// - Parameter outcome: `done`, `failed` or `interrupted`.
    func stageEnded(_ stage: JobProgress.Stage, _ outcome: String, seconds: Double) {
        Timer(label: "anb_job_stage_seconds", dimensions: [("stage", stage.rawValue), ("outcome", outcome)])
            .recordSeconds(seconds)
    }
}

/// How a run ended, for metrics and logs.
enum RunEnding: String, CaseIterable {
    case committed, unwanted, fenced_out, given_back, rescheduled, buried, unsettled

    /// Of the stage that was the last one.
    var ofLastStage: String {
        switch self {
        case .committed, .unwanted: "done"
        case .given_back, .fenced_out: "interrupted"
        case .rescheduled, .buried, .unsettled: "failed"
        }
    }
}
