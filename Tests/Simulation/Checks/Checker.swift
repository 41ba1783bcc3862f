import ANBCore
import ANBPersistence

/// Looks at every commit and every removed object, and says which invariant did not hold.
///
/// It decides by the rows themselves and by what people were told; it shares no code with what it checks.
/// Sendable without a lock: only the simulation's thread touches it.
final class Checker: @unchecked Sendable {
    let scheduler: Scheduler
    let attempts: AttemptLimits
    let skewMax: Int64
    let isModerated: Bool
    let objects: Objects
    /// Whose transaction is committed next.
    var actor: SimulatedProcess
    /// Who took a job.
    var workers: Set<String> = []
    private(set) var rows = Rows()
    private(set) var violation: Violation?
    var counts = Counts()

    init(scheduler: Scheduler, plan: Plan, objects: Objects) {
        self.scheduler = scheduler
        attempts = plan.attempts
        skewMax = plan.skewMax
        isModerated = plan.isModerated
        self.objects = objects
        actor = scheduler.outside
    }

    /// The first one counts; the rest may follow from it.
    func violated(_ invariant: Invariant, _ detail: @autoclosure () -> String) {
        guard violation == nil else { return }
        violation = Violation(invariant: invariant, detail: detail())
        scheduler.note(99, scheduler.outside, "VIOLATED \(invariant): \(violation?.detail ?? "")")
    }

    func require(_ holds: Bool, _ invariant: Invariant, _ detail: @autoclosure () -> String) {
        if !holds { violated(invariant, detail()) }
    }

    // MARK: - Commits

    func committed(_ changes: [MemoryChange]) {
        var commit = Commit()
        for change in changes {
            rows.apply(change)
            commit.add(change)
        }
        for (old, new) in commit.uploads { check(old, new) }
        for (old, new) in commit.jobs { check(old, new) }
        for (old, new) in commit.videos { check(old, new, in: commit) }
        for id in commit.touchedVideos { checkPair(id) }
    }

    /// A removed object was needed by nobody.
    func willRemove(_ key: ObjectKey) {
        guard let id = key.videoID else { return }
        if let video = rows.videos[id], video.deletedAt == nil, video.keys.contains(key) {
            violated(.noMissingObjects, "\(key) is removed, but its video is \(video.status)")
        }
        if let upload = rows.uploads[id], upload.state == .storing, upload.key == key {
            violated(.noMissingObjects, "\(key) is removed while it is being uploaded")
        }
        counts[.objectsSwept] += 1
    }

    private func check(_ old: PendingUpload?, _ new: PendingUpload?) {
        switch (old?.state, new?.state) {
        case (nil, .storing), (.storing, .committed), (.storing, .abandoned), (.committed, nil), (.abandoned, nil): break
        default: violated(.edges, "upload \(name(old?.id ?? new?.id)): \(name(old?.state)) to \(name(new?.state))")
        }
    }

    func name(_ value: (some Any)?) -> String { value.map { "\($0)" } ?? "nothing" }
}

/// The changes of one commit, by kind.
struct Commit {
    private(set) var uploads: [(PendingUpload?, PendingUpload?)] = []
    private(set) var videos: [(Video?, Video?)] = []
    private(set) var jobs: [(Job?, Job?)] = []
    private(set) var touchedVideos: [VideoID] = []

    mutating func add(_ change: MemoryChange) {
        switch change {
        case .upload(let old, let new): if old != new { uploads.append((old, new)) }
        case .video(let old, let new):
            if old != new { videos.append((old, new)) }
            if let new { touchedVideos.append(new.id) }
        case .job(let old, let new):
            if old != new { jobs.append((old, new)) }
            if let new { touchedVideos.append(new.videoID) }
        case .vote(_, let video, _): touchedVideos.append(video)
        }
    }

    /// How a job changed, if it did.
    func change(of id: JobID) -> (old: Job?, new: Job?)? { jobs.first { ($0.0 ?? $0.1)?.id == id } }
}
