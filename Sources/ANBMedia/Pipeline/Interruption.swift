import ANBCore
import Synchronization

/// Tells a blocking job to stop: its task was cancelled, or its time is up.
///
/// libav does not consult its own interrupt callback with custom I/O, so the read and write callbacks and
/// every packet and frame ask here.
final class Interruption: Sendable {
    private let cancelled = Atomic<Bool>(false)
    private let deadline: ContinuousClock.Instant
    private let secondsMax: Double

    init(secondsMax: Double) {
        self.secondsMax = secondsMax
        deadline = .now + .seconds(secondsMax)
    }

    func cancel() { cancelled.store(true, ordering: .relaxed) }

    var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

    var isRaised: Bool { isCancelled || ContinuousClock.now >= deadline }

    /// - Throws: `CancellationError` after ``cancel()``; `mediaFailed` after the deadline.
    func check() throws {
        if isCancelled { throw CancellationError() }
        if ContinuousClock.now >= deadline {
            throw ANBError.engine("the media job ran longer than \(secondsMax) s", failureCode: .timedOut)
        }
    }
}
