import ANBCore
import CFFmpeg

/// All renditions of one transcode, each on its own thread: the largest takes the pictures as they are, the others
/// scale them down.
final class RenditionLadder {
    private let lines: [RenditionLine]
    /// nil where pictures are encoded only once and may take their time.
    private let motion: MotionMeter?
    /// Output frames of the intro that is copied; nil when its pictures must be encoded. The outro likewise.
    let introFrames: Int?
    let outroFrames: Int?

    /// - Parameters:
    ///   - outputs: One descriptor for each rendition of the recipe.
    ///   - bumpers: Encoded before; used where they can be joined.
    ///   - content: Of the pictures to come.
    init(
        _ recipe: MediaRecipe, outputs: [Int32], bumpers: BumperDescriptors?, plan: ProcessorPlan,
        content: RenditionEncoder.Content, limits: MediaLimits, interruption: Interruption
    ) throws {
        guard outputs.count == recipe.renditions.count else { throw ANBError.engine("one file for each rendition is needed") }
        let encoders = try recipe.renditions.enumerated().map { index, rendition in
            try RenditionEncoder(
                rendition, framesPerSecond: recipe.framesPerSecond, threads: index == 0 ? plan.encoderThreads : 1,
                content: content)
        }
        let intros = try Self.segments(bumpers?.intro, encoders, recipe, interruption)
        let outros = try Self.segments(bumpers?.outro, encoders, recipe, interruption)
        introFrames = intros?.first?.frames
        outroFrames = outros?.first?.frames
        let tracks = try encoders.indices.map { index in
            try RenditionTrack(
                encoders[index], intro: intros?[index], outro: outros?[index], recipe: recipe, descriptor: outputs[index],
                limits: limits, interruption: interruption)
        }
        motion = content == .bumper ? nil : try MotionMeter()
        lines = zip(tracks, recipe.renditions).map { RenditionLine($0, name: $1.name, interruption: interruption) }
    }

    /// - Parameters:
    ///   - frame: At the size of the largest rendition, yuv420p; only referred to, so nobody may paint on it.
    ///   - count: Output frames it fills.
    func encode(_ frame: borrowing Frame, count: Int) throws {
        let picture = try SharedPicture(frame, count: count, isMoving: motion?.isMoving(frame) ?? false)
        for line in lines { try line.put(picture) }
    }

    /// Waits for all verified files.
    func finish() throws -> [TranscodeOutcome.Rendition] {
        for line in lines { line.close() }
        return try lines.map { try $0.outcome() }
    }

    /// Ends all work without a result; nothing touches the files afterwards.
    func abandon() {
        for line in lines { line.abandon() }
    }

    /// - Returns: A segment for each encoder; nil unless all can be joined and are equally long.
    private static func segments(
        _ descriptors: [Int32]?, _ encoders: [RenditionEncoder], _ recipe: MediaRecipe, _ interruption: Interruption
    ) throws -> [CodedSegment]? {
        guard let descriptors, descriptors.count == encoders.count else { return nil }
        let segments = try zip(descriptors, encoders).compactMap { descriptor, encoder in
            try CodedSegment(
                descriptor: descriptor, fitting: encoder, framesMax: recipe.bumperFramesMax, interruption: interruption)
        }
        return segments.count == encoders.count && Set(segments.map(\.frames)).count == 1 ? segments : nil
    }
}
