import ANBCore
import CFFmpeg

/// One rendition from its first sample to its verified file: intro, pictures, outro.
///
/// Copied segments and encoded pictures go through the same checks into one track.
final class RenditionTrack: @unchecked Sendable {
    // Made by the job's thread, then used by the rendition's thread only.

    private let encoder: RenditionEncoder
    private let scaler: FilterGraph?
    private let writer: MP4Writer
    private let judge: SampleJudge
    private let descriptor: Int32
    private let framesMax: Int
    private let interruption: Interruption
    private let intro: CodedSegment?
    private let outro: CodedSegment?
    private let scaled: Frame
    private let staging: Frame
    private var pictures: Int64 = 0
    private var frames = 0

    /// - Parameters:
    ///   - encoder: Fresh.
    ///   - intro: Copied in front; nil when pictures come first.
    ///   - outro: Copied at the end; nil when pictures come last.
    ///   - descriptor: An empty file open for reading and writing.
    init(
        _ encoder: RenditionEncoder, intro: CodedSegment?, outro: CodedSegment?, recipe: MediaRecipe, descriptor: Int32,
        limits: MediaLimits, interruption: Interruption
    ) throws {
        self.encoder = encoder
        self.intro = intro
        self.outro = outro
        self.descriptor = descriptor
        self.interruption = interruption
        framesMax = recipe.clipFramesMax + 2 * recipe.bumperFramesMax
        scaler = try Self.scaler(from: recipe.canvas, to: encoder.rendition)
        let sink = try OutputSink(descriptor: descriptor, bytesMax: limits.outputBytesMax, interruption: interruption)
        writer = try MP4Writer(sink, encoder: encoder, framesMax: framesMax)
        judge = try SampleJudge(encoder)
        scaled = try Frame()
        staging = try Frame()
    }

    func start() throws { try copy(intro) }

    /// - Parameter picture: At the canvas size, yuv420p.
    func add(_ picture: SharedPicture) throws {
        guard let scaler else { return try encode(picture.frame, picture) }
        try staging.share(picture.frame)
        staging.pointer.pointee.pts = pictures
        pictures += 1
        try scaler.push(staging, to: "in")
        staging.clear()
        guard try scaler.pull(into: scaled, from: "out") else { throw LibAV.missingOutput("rendition") }
        try encode(scaled, picture)
    }

    /// - Returns: What the finished and verified file holds.
    func finish() throws -> TranscodeOutcome.Rendition {
        try encoder.finish(put)
        try copy(outro)
        try judge.finish()
        try writer.finish()
        guard judge.framesDecoded == frames, writer.checksums.count == frames else {
            throw ANBError.engine("\(encoder.rendition.name): \(judge.framesDecoded) of \(frames) frames decode")
        }
        let verifier = OutputVerifier(
            rendition: encoder.rendition, framesPerSecond: Int(encoder.timeBase.den), configuration: encoder.configuration,
            checksums: writer.checksums)
        let seconds = try verifier.verify(descriptor: descriptor, interruption: interruption)
        return TranscodeOutcome.Rendition(frames: frames, durationSeconds: seconds)
    }

    /// - Parameter frame: What is encoded of the picture.
    private func encode(_ frame: borrowing Frame, _ picture: SharedPicture) throws {
        for repetition in 0..<picture.count {
            guard frames < framesMax else { throw ANBError.engine("more than \(framesMax) output frames") }
            try encoder.encode(frame, at: frames, isMoving: picture.isMoving && repetition == 0, put)
            frames += 1
        }
    }

    private func copy(_ segment: CodedSegment?) throws {
        guard let segment else { return }
        try segment.forEachSample(from: frames, put)
        frames += segment.frames
    }

    private func put(_ sample: borrowing Packet) throws {
        try judge.judge(sample)
        try writer.write(sample)
    }

    private static func scaler(
        from canvas: (width: Int, height: Int), to rendition: MediaRecipe.Rendition
    ) throws -> FilterGraph? {
        guard (rendition.width, rendition.height) != canvas else { return nil }
        let source = FilterGraph.source("in", width: canvas.width, height: canvas.height, format: AV_PIX_FMT_YUV420P)
        let filter = PictureScaler.filter(width: rendition.width, height: rendition.height)
        return try FilterGraph("\(source),\(filter),setsar=1,buffersink@out")
    }
}
