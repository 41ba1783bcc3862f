/// Turns frames into fractions that never fall, and reports them a few times a second.
final class ProgressMeter {
    /// What is left once the last picture is on its way: the encoders' last frames, the outro, reading back.
    private static let encodeShare = 0.98
    private static let reportInterval = Duration.milliseconds(200)

    private let framesExpected: Double
    private let report: (Double) -> Void
    private var framesEncoded = 0.0
    private var lastReport: ContinuousClock.Instant?

    /// - Parameter framesExpected: Output frames that will be encoded.
    init(framesExpected: Int, report: @escaping (Double) -> Void) {
        self.framesExpected = Double(max(1, framesExpected))
        self.report = report
    }

    func encoded(_ count: Int) {
        framesEncoded += Double(count)
        let now = ContinuousClock.now
        if let lastReport, now - lastReport < Self.reportInterval { return }
        lastReport = now
        report(Self.encodeShare * min(1, framesEncoded / framesExpected))
    }

    /// Everything is written and verified.
    func finish() { report(1) }
}
