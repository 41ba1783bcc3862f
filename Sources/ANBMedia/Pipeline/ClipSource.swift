import ANBCore
import CFFmpeg

/// A video file as a part of the final video: decoded, paced, deinterlaced, fitted.
final class ClipSource: FrameSource {
    /// A picture that stands longer than this is a broken time stamp, not a still.
    private static let pictureSecondsMax = 60.0

    private let reader: FrameReader
    private let profile: StreamProfile
    private let watermark: Watermark?
    private let canvas: (width: Int, height: Int)
    private let plan: ProcessorPlan
    private let decoded: Frame
    private let progressive: Frame
    private let pending: Frame
    private var pendingSeconds = 0.0
    private let fitted: Frame
    private var pacer: FramePacer
    /// Different pictures handed over so far.
    private(set) var picturesShown = 0
    private var fitter: FitFilter?
    private var deinterlacer: Deinterlacer?
    private var clock: SourceClock

    /// - Parameters:
    ///   - reader: At its first picture.
    ///   - profile: What the stream says about its pictures.
    ///   - framesMax: Output frames after which reading stops.
    ///   - watermark: Laid over every picture.
    ///   - plan: How many threads heavy filters may use.
    init(
        _ reader: FrameReader, profile: StreamProfile, recipe: MediaRecipe, framesMax: Int, watermark: Watermark?,
        plan: ProcessorPlan
    ) throws {
        self.reader = reader
        self.profile = profile
        self.watermark = watermark
        canvas = recipe.canvas
        self.plan = plan
        pacer = FramePacer(framesPerSecond: recipe.framesPerSecond, framesMax: framesMax)
        clock = SourceClock(timeBase: reader.demuxer.stream.pointee.time_base, frameRate: profile.frameRate)
        decoded = try Frame()
        progressive = try Frame()
        pending = try Frame()
        fitted = try Frame()
    }

    func forEachFrame(_ body: (borrowing Frame, Int) throws -> Void) throws -> Int {
        while !pacer.isFull, try reader.next(decoded) {
            clock.stamp(decoded)
            try deinterlace { try self.advance(to: $0, body) }
        }
        if !pacer.isFull {
            try drainDeinterlacer { try self.advance(to: $0, body) }
            try show(until: clock.endSeconds, body)
        }
        try reader.checkDamage()
        try checkClaim()
        return pacer.framesShown
    }

    /// A cut file decodes without an error; only its own claim tells.
    private func checkClaim() throws {
        guard let claimed = profile.durationSeconds, !pacer.isFull else { return }
        let got = Double(pacer.framesShown) / Double(pacer.framesPerSecond)
        guard !ClaimTolerance.isBroken(claimed: claimed, got: got) else {
            throw ANBError.damaged("it should last \(Seconds(claimed)), but only \(Seconds(got)) can be read")
        }
    }

    /// A new picture ends the one before it.
    private func advance(to picture: borrowing Frame, _ body: (borrowing Frame, Int) throws -> Void) throws {
        guard let seconds = clock.seconds(of: picture) else { return }
        guard seconds - pendingSeconds <= Self.pictureSecondsMax else {
            throw ANBError.damaged("its pictures are \(Seconds(seconds - pendingSeconds)) apart")
        }
        pendingSeconds = seconds
        try show(until: seconds, body)
        pending.take(from: picture)
    }

    private func show(until seconds: Double, _ body: (borrowing Frame, Int) throws -> Void) throws {
        guard !pending.isEmpty, case let count = pacer.frames(until: seconds), count > 0 else { return }
        try currentFitter().fit(pending, into: fitted)
        try body(fitted, count)
        picturesShown += 1
    }

    private func currentFitter() throws -> FitFilter {
        let shape = FitFilter.Shape(pending)
        if let fitter, fitter.shape == shape { return fitter }
        let display = profile.displaySize(width: shape.width, height: shape.height)
        let fresh = try FitFilter(
            shape, display: display, orientation: profile.orientation, canvas: canvas, watermark: watermark,
            threads: plan.filterThreads)
        fitter = fresh
        return fresh
    }

    private func deinterlace(_ body: (borrowing Frame) throws -> Void) throws {
        guard profile.isInterlaced else { return try body(decoded) }
        if deinterlacer == nil {
            deinterlacer = try Deinterlacer(decoded, timeBase: clock.timeBase, threads: plan.filterThreads)
        }
        try deinterlacer?.push(decoded)
        try pullProgressive(body)
    }

    private func drainDeinterlacer(_ body: (borrowing Frame) throws -> Void) throws {
        try deinterlacer?.close(at: clock.endTime)
        try pullProgressive(body)
    }

    private func pullProgressive(_ body: (borrowing Frame) throws -> Void) throws {
        while let deinterlacer, try deinterlacer.pull(into: progressive) { try body(progressive) }
    }
}

/// By how much a claim may exceed what was decoded, the larger of the two.
enum ClaimTolerance {
    private static let seconds = 1.0
    private static let share = 0.05

    /// - Parameters:
    ///   - claimed: Seconds the file says.
    ///   - got: Seconds that were there.
    static func isBroken(claimed: Double, got: Double) -> Bool { got + max(seconds, claimed * share) < claimed }
}

/// Seconds as text for a player.
struct Seconds: CustomStringConvertible {
    private let tenths: Int

    init(_ value: Double) { tenths = Int(exactly: (value * 10).rounded()) ?? 0 }

    var description: String { "\(tenths / 10).\(tenths % 10) s" }
}
