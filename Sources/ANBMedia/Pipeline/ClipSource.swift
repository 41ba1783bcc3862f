import ANBCore
import CFFmpeg

/// A video file as a part of the final video: decoded, paced, deinterlaced, fitted.
final class ClipSource: FrameSource {
    private let reader: FrameReader
    private let profile: StreamProfile
    private let watermark: Watermark?
    private let canvas: (width: Int, height: Int)
    private let plan: ProcessorPlan
    private let decoded: Frame
    private let progressive: Frame
    private let pending: Frame
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
        clock = SourceClock(
            timeBase: reader.demuxer.stream.pointee.time_base, frameRate: profile.frameRate,
            mayJump: reader.demuxer.input.container.isBroadcast)
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
            try drainDeinterlacer(at: clock.endTime) { try self.advance(to: $0, body) }
            try show(until: clock.endSeconds, body)
        }
        try reader.checkDamage()
        try checkClaim()
        return pacer.framesShown
    }

    /// A cut file decodes without an error; only its own claim tells, where its times are of one piece.
    private func checkClaim() throws {
        guard let claimed = profile.durationSeconds, !pacer.isFull, !clock.hasRestarted else { return }
        let got = Double(pacer.framesShown) / Double(pacer.framesPerSecond)
        guard !ClaimTolerance.isBroken(claimed: claimed, got: got) else {
            throw ANBError.damaged("it should last \(Seconds(claimed)), but only \(Seconds(got)) can be read")
        }
    }

    /// A new picture ends the one before it.
    private func advance(to picture: borrowing Frame, _ body: (borrowing Frame, Int) throws -> Void) throws {
        guard let seconds = clock.seconds(of: picture) else { return }
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
        let display = profile.displaySize(of: pending, in: reader.demuxer)
        let fresh = try FitFilter(
            shape, display: display, orientation: profile.orientation, canvas: canvas, watermark: watermark,
            threads: plan.filterThreads)
        fitter = fresh
        return fresh
    }

    private func deinterlace(_ body: (borrowing Frame) throws -> Void) throws {
        if let deinterlacer, !deinterlacer.takes(decoded) {
            try drainDeinterlacer(at: decoded.pointer.pointee.pts, body)
        }
        if deinterlacer == nil {
            // A recording may be interlaced from its middle on; the filter passes what is not.
            guard profile.isInterlaced || decoded.pointer.pointee.interlaced_frame != 0 else { return try body(decoded) }
            deinterlacer = try Deinterlacer(decoded, timeBase: clock.timeBase, threads: plan.filterThreads)
        }
        try deinterlacer?.push(decoded)
        try pullProgressive(body)
    }

    /// - Parameter time: Where its last picture ends.
    private func drainDeinterlacer(at time: Int64, _ body: (borrowing Frame) throws -> Void) throws {
        try deinterlacer?.close(at: time)
        try pullProgressive(body)
        deinterlacer = nil
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

extension MediaLimits {
    /// Containers tell whole milliseconds or pictures: a clip of one second may say 0.999 s.
    func isLongEnough(_ seconds: Double) -> Bool { seconds + UploadPolicy.durationSecondsTolerance >= sourceSecondsMin }
}

/// Seconds as text for a player.
struct Seconds: CustomStringConvertible {
    private let tenths: Int

    init(_ value: Double) { tenths = Int(exactly: (value * 10).rounded()) ?? 0 }

    var description: String { "\(tenths / 10).\(tenths % 10) s" }
}
