import ANBCore
import Glibc

/// One transcode from open descriptors to verified outputs, on the calling thread.
struct Transcoder {
    let recipe: MediaRecipe
    let files: TranscodeDescriptors
    let limits: MediaLimits
    let interruption: Interruption

    private var plan: ProcessorPlan { ProcessorPlan(processors: files.processors) }

    /// - Throws: `mediaRejected` for the file's faults, `misconfigured` for the operator's, `mediaFailed` for ours.
    func run(progress report: @escaping (Double) -> Void) throws -> TranscodeOutcome {
        let assets = try Assets(recipe, files.assets, limits: limits, interruption: interruption)
        let reader = try openSource()
        let profile = try StreamProfile(reader, descriptor: files.source, limits: limits)
        try profile.checkDuration(limits)
        let clip = try ClipSource(
            reader, profile: profile, recipe: recipe, framesMax: recipe.clipFramesMax, watermark: try assets.watermark(),
            plan: plan)
        let ladder = try RenditionLadder(
            recipe, outputs: files.renditions, bumpers: files.bumpers, plan: plan,
            content: profile.fills(recipe.canvas) ? .clip : .paddedClip, limits: limits, interruption: interruption)
        do {
            let meter = ProgressMeter(framesExpected: framesExpected(profile, ladder), report: report)
            let best = try encode(clip, assets, ladder, meter, clipFrames: clipFramesExpected(profile))
            try writeStills(best)
            let renditions = try ladder.finish()
            meter.finish()
            return TranscodeOutcome(input: profile.info, renditions: renditions)
        } catch {
            ladder.abandon()
            throw error
        }
    }

    private func encode(
        _ clip: ClipSource, _ assets: Assets, _ ladder: RenditionLadder, _ meter: ProgressMeter, clipFrames: Int
    ) throws -> BestFrame {
        let best = try BestFrame(framesExpected: clipFrames)
        let encode = { (frame: borrowing Frame, count: Int) throws in
            try ladder.encode(frame, count: count)
            meter.encoded(count)
        }
        if ladder.introFrames == nil { _ = try assets.bumper(.intro).forEachFrame(encode) }
        let frames = try clip.forEachFrame { frame, count in
            try best.offer(frame, count: count)
            try encode(frame, count)
        }
        try checkLength(frames: frames, pictures: clip.picturesShown)
        if ladder.outroFrames == nil { _ = try assets.bumper(.outro).forEachFrame(encode) }
        return best
    }

    private func openSource() throws -> FrameReader {
        let input = try SourceInput(descriptor: files.source, interruption: interruption)
        let demuxer = try Demuxer(input, limits: limits)
        return try FrameReader(
            demuxer, limits: limits, threads: plan.decoderThreads(pictureBytes: demuxer.pictureBytes),
            shownAt: recipe.canvas.width * recipe.canvas.height)
    }

    /// Frames that pass through the encoders; what is copied takes no time.
    private func framesExpected(_ profile: StreamProfile, _ ladder: RenditionLadder) -> Int {
        let bumpers = [ladder.introFrames, ladder.outroFrames].filter { $0 == nil }.count
        return clipFramesExpected(profile) + bumpers * recipe.bumperFramesMax
    }

    private func clipFramesExpected(_ profile: StreamProfile) -> Int {
        let claimed = (profile.durationSeconds ?? recipe.clipSecondsMax) * Double(recipe.framesPerSecond)
        return Int(min(claimed.rounded(), Double(recipe.clipFramesMax)))
    }

    /// The claim was judged before; this judges what was really there.
    private func checkLength(frames: Int, pictures: Int) throws {
        let seconds = Double(frames) / Double(recipe.framesPerSecond)
        guard limits.isLongEnough(seconds) else {
            throw ANBError.rejected(
                .tooShort,
                "The video lasts only \(Seconds(seconds)); it must last at least \(Seconds(limits.sourceSecondsMin)).")
        }
        guard pictures >= limits.picturesMin else {
            throw ANBError.rejected(
                .pictureStandsStill, "The video holds only \(pictures) different picture(s). Please send a moving one.")
        }
    }

    private func writeStills(_ best: BestFrame) throws {
        try best.withPicture { picture in
            try StillWriter.write(picture, width: recipe.canvas.width, height: recipe.canvas.height, to: files.poster)
            try StillWriter.write(
                picture, width: recipe.thumbnailSize.width, height: recipe.thumbnailSize.height, to: files.thumbnail)
        }
    }
}

extension MediaRecipe {
    /// 16:9 below the thumbnail's width, even.
    var thumbnailSize: (width: Int, height: Int) { (thumbnailWidth, (thumbnailWidth * 9 / 16 + 1) / 2 * 2) }
}
