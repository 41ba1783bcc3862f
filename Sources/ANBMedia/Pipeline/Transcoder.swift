import ANBCore
import Glibc

/// One transcode from open descriptors to verified outputs, on the calling thread.
struct Transcoder {
    let recipe: MediaRecipe
    let files: TranscodeDescriptors
    let limits: MediaLimits
    let interruption: Interruption

    /// - Throws: `mediaRejected` for the file's faults, `misconfigured` for the operator's, `mediaFailed` for ours.
    func run(progress report: @escaping (Double) -> Void) throws -> TranscodeOutcome {
        let assets = try Assets(recipe, files.assets, limits: limits, interruption: interruption)
        let profile = try StreamProfile(descriptor: files.source, limits: limits, interruption: interruption)
        try profile.checkDuration(limits)
        let clip = try openClip(profile, assets.watermark)
        let meter = ProgressMeter(clipFrames: clipFramesExpected(profile), recipe: recipe, report: report)
        let best = try BestFrame(framesExpected: clipFramesExpected(profile))
        let ladder = try RenditionLadder(recipe, files.renditions, limits: limits, interruption: interruption)

        let encode = { (frame: borrowing Frame, count: Int) throws in
            try ladder.encode(frame, count: count)
            meter.encoded(count)
        }
        var frames = try assets.intro.forEachFrame(encode)
        let clipFrames = try clip.forEachFrame { frame, count in
            try best.offer(frame, count: count)
            try encode(frame, count)
        }
        try checkLength(frames: clipFrames, pictures: clip.picturesShown)
        frames += try clipFrames + assets.outro.forEachFrame(encode)
        try ladder.finish()
        try writeStills(best)
        return TranscodeOutcome(input: profile.info, renditions: try verify(frames: frames, meter))
    }

    private func openClip(_ profile: StreamProfile, _ watermark: Watermark) throws -> ClipSource {
        let input = try SourceInput(descriptor: files.source, interruption: interruption)
        let reader = try FrameReader(Demuxer(input, limits: limits), limits: limits)
        return try ClipSource(
            reader, profile: profile, recipe: recipe, framesMax: recipe.clipFramesMax, watermark: watermark)
    }

    private func clipFramesExpected(_ profile: StreamProfile) -> Int {
        let claimed = (profile.durationSeconds ?? recipe.clipSecondsMax) * Double(recipe.framesPerSecond)
        return Int(min(claimed.rounded(), Double(recipe.clipFramesMax)))
    }

    /// The claim was judged before; this judges what was really there.
    private func checkLength(frames: Int, pictures: Int) throws {
        let seconds = Double(frames) / Double(recipe.framesPerSecond)
        guard seconds >= limits.sourceSecondsMin else {
            throw ANBError.rejected(
                "The video lasts only \(Seconds(seconds)); it must last at least \(Seconds(limits.sourceSecondsMin)).")
        }
        guard pictures >= limits.picturesMin else {
            throw ANBError.rejected("The video holds only \(pictures) different picture(s). Please send a moving one.")
        }
    }

    private func writeStills(_ best: BestFrame) throws {
        try best.withPicture { picture in
            try StillWriter.write(picture, width: recipe.canvas.width, height: recipe.canvas.height, to: files.poster)
            try StillWriter.write(
                picture, width: recipe.thumbnailSize.width, height: recipe.thumbnailSize.height, to: files.thumbnail)
        }
    }

    private func verify(frames: Int, _ meter: ProgressMeter) throws -> [TranscodeOutcome.Rendition] {
        try zip(recipe.renditions, files.renditions).map { rendition, descriptor in
            let verifier = OutputVerifier(
                rendition: rendition, framesPerSecond: recipe.framesPerSecond, framesExpected: frames)
            let seconds = try verifier.verify(descriptor: descriptor, interruption: interruption)
            meter.verified()
            return TranscodeOutcome.Rendition(frames: frames, durationSeconds: seconds)
        }
    }
}

extension MediaRecipe {
    /// 16:9 below the thumbnail's width, even.
    var thumbnailSize: (width: Int, height: Int) { (thumbnailWidth, (thumbnailWidth * 9 / 16 + 1) / 2 * 2) }
}
