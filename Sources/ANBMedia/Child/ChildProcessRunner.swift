import ANBCore
import Glibc

/// Runs one job in one child and watches it: its time, its progress, its replies, its end.
struct ChildProcessRunner: MediaJobRunner {
    /// How often a silent child's cancellation and clocks are looked at.
    private static let tickMilliseconds: Int32 = 100

    let starter: any ChildStarter
    var bumpers = BumperCache(directory: nil)
    let started: @Sendable (pid_t) -> Void

    func run(
        _ job: MediaJob, interruption: Interruption, progress: @escaping @Sendable (Double) -> Void
    ) throws -> MediaJobResult {
        let child = try ChildProcess(starter, job: job)
        defer { child.terminate() }
        started(child.identifier)
        let reply = try converse(with: child, job.limits, interruption, progress)
        guard child.waitForEnd() else { throw ANBError.engine("the media child answered but did not end") }
        return try result(of: reply, child)
    }

    /// - Returns: The final reply; nil when the child ended without one.
    private func converse(
        with child: ChildProcess, _ limits: MediaLimits, _ interruption: Interruption, _ progress: (Double) -> Void
    ) throws -> ChildReply? {
        var parser = ReplyParser()
        var watchdog = ProgressWatchdog(secondsMax: limits.noProgressSecondsMax)
        while true {
            try interruption.check()
            try watchdog.check()
            // Looked at before the pipe: what an ended child wrote is then all there.
            let hasEnded = child.reap()
            switch try child.read(millisecondsMax: Self.tickMilliseconds) {
            case .nothingYet:
                if hasEnded { return nil }
            case .end:
                return nil
            case .bytes(let bytes):
                for reply in try parser.append(bytes) {
                    guard case .progress(let fraction) = reply else { return reply }
                    if watchdog.advance(to: fraction) { progress(fraction) }
                }
            }
        }
    }

    private func result(of reply: ChildReply?, _ child: ChildProcess) throws -> MediaJobResult {
        switch (reply, child.ending) {
        case (.failed(let failure), .exited(0)):
            throw failure.error
        case (.done(let outcome, let peak), .exited(0)):
            return MediaJobResult(outcome: outcome, cpuSeconds: child.cpuSeconds, peakResidentBytes: peak)
        case (_, .killed(let signal)):
            throw ANBError.engine("the media child died of signal \(signal) (\(String(cString: strsignal(signal))))")
        case (_, .exited(let code)):
            throw ANBError.engine("the media child ended with code \(code) and no answer")
        case (_, nil):
            throw ANBError.engine("the media child did not end")
        }
    }
}

/// Notices when a fraction has not risen for too long.
struct ProgressWatchdog {
    let secondsMax: Double
    private var fraction = -1.0
    private var lastRise = ContinuousClock.now

    init(secondsMax: Double) { self.secondsMax = secondsMax }

    /// - Returns: Whether this is more than before.
    mutating func advance(to fraction: Double) -> Bool {
        guard fraction > self.fraction else { return false }
        self.fraction = fraction
        lastRise = .now
        return true
    }

    /// - Throws: `mediaFailed` when nothing has risen for ``secondsMax``.
    func check() throws {
        guard ContinuousClock.now < lastRise + .seconds(secondsMax) else {
            throw ANBError.engine("the media child made no progress for \(secondsMax) s", failureCode: .timedOut)
        }
    }
}
