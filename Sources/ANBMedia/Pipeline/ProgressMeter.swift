import ANBCore

/// Turns frames into fractions that never fall, and reports them a few times a second.
final class ProgressMeter {
    /// The part of the work that is decoding and encoding; the rest is verifying.
    private static let encodeShare = 0.9
    private static let reportInterval = Duration.milliseconds(200)

    private let framesExpected: Double
    private let renditions: Double
    private let report: (Double) -> Void
    private var framesEncoded = 0.0
    private var renditionsVerified = 0.0
    private var lastReport: ContinuousClock.Instant?

    init(clipFrames: Int, recipe: MediaRecipe, report: @escaping (Double) -> Void) {
        framesExpected = Double(clipFrames + 2 * recipe.bumperFramesMax)
        renditions = Double(recipe.renditions.count)
        self.report = report
    }

    func encoded(_ count: Int) {
        framesEncoded += Double(count)
        update()
    }

    func verified() {
        renditionsVerified += 1
        update()
    }

    private func update() {
        let encode = renditionsVerified > 0 ? 1 : min(1, framesEncoded / framesExpected)
        let fraction = Self.encodeShare * encode + (1 - Self.encodeShare) * renditionsVerified / renditions
        let now = ContinuousClock.now
        if let lastReport, fraction < 1, now - lastReport < Self.reportInterval { return }
        lastReport = now
        report(min(1, fraction))
    }
}
