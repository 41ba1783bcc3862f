import ANBCore
import CFFmpeg
import Glibc

/// Intro, outro and watermark, opened and checked.
struct Assets {
    let intro: any FrameSource
    let outro: any FrameSource
    let watermark: Watermark

    /// - Throws: `misconfigured` naming the setting that cannot be used.
    init(_ recipe: MediaRecipe, _ files: AssetDescriptors, limits: MediaLimits, interruption: Interruption) throws {
        try recipe.checkShape()
        let opener = AssetOpener(recipe: recipe, limits: limits, interruption: interruption)
        intro = try opener.bumper(files.intro, "intro") ?? DrawnBumper(.intro, recipe: recipe)
        outro = try opener.bumper(files.outro, "outro") ?? DrawnBumper(.outro, recipe: recipe)
        watermark = try opener.watermark(files.watermark)
    }
}

/// Opens what an operator put in place of the drawn defaults.
private struct AssetOpener {
    /// A designer's 2.5 s are 63 frames at 25 a second; the surplus is cut.
    static let bumperSlackSeconds = 0.05

    let recipe: MediaRecipe
    let limits: MediaLimits
    let interruption: Interruption

    func bumper(_ descriptor: Int32?, _ name: String) throws -> (any FrameSource)? {
        guard let descriptor else { return nil }
        var limits = limits
        limits.sourceSecondsMin = 0
        do {
            let profile = try StreamProfile(descriptor: descriptor, limits: limits, interruption: interruption)
            let seconds = profile.durationSeconds ?? 0
            guard seconds <= MediaRecipe.bumperSecondsMax + Self.bumperSlackSeconds else {
                throw ANBError.unusableAsset(
                    "The \(name) lasts \(Seconds(seconds)); at most \(Seconds(MediaRecipe.bumperSecondsMax)) are allowed.")
            }
            let input = try SourceInput(descriptor: descriptor, interruption: interruption)
            return try ClipSource(
                FrameReader(Demuxer(input, limits: limits), limits: limits), profile: profile, recipe: recipe,
                framesMax: recipe.bumperFramesMax, watermark: nil)
        } catch let error as ANBError where error.code == .mediaRejected {
            throw ANBError.unusableAsset("The \(name) cannot be used: \(error.userMessage)", cause: error)
        }
    }

    func watermark(_ descriptor: Int32?) throws -> Watermark {
        guard let descriptor else {
            return try Watermark(WatermarkArtist.draw(), margin: recipe.watermarkMargin, canvas: recipe.canvas)
        }
        return try Watermark(PNGReader.read(descriptor), margin: recipe.watermarkMargin, canvas: recipe.canvas)
    }
}

extension MediaRecipe {
    /// The size pictures are fitted into: the first rendition's.
    var canvas: (width: Int, height: Int) {
        renditions.first.map { ($0.width, $0.height) } ?? (0, 0)
    }

    /// - Throws: `misconfigured` when the numbers cannot make a video.
    func checkShape() throws {
        let sizes = renditions.flatMap { [$0.width, $0.height] }
        guard !sizes.isEmpty, sizes.allSatisfy({ (16...4096).contains($0) && $0 % 2 == 0 }) else {
            throw ANBError.unusableAsset("Renditions need even sides of 16 to 4096 pixels.")
        }
        guard renditions.allSatisfy({ $0.width <= canvas.width && $0.height <= canvas.height }) else {
            throw ANBError.unusableAsset("The first rendition must be the largest.")
        }
        guard renditions.allSatisfy({ (0...51).contains($0.constantRateFactor) }) else {
            throw ANBError.unusableAsset("A rendition's constant rate factor must be 0 to 51.")
        }
        guard (1...120).contains(framesPerSecond), (1...600).contains(clipSecondsMax) else {
            throw ANBError.unusableAsset("A recipe keeps 1 to 600 s at 1 to 120 frames a second.")
        }
        guard (16...1920).contains(thumbnailWidth), (0...canvas.height / 2).contains(watermarkMargin) else {
            throw ANBError.unusableAsset("The thumbnail's width or the watermark's margin is out of range.")
        }
    }
}
