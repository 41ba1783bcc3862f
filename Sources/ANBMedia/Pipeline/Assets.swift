import ANBCore
import CFFmpeg
import Glibc

/// Intro, outro and watermark: what an operator put in place of the drawn defaults, or these.
struct Assets {
    /// A designer's 2.5 s are 63 frames at 25 a second; the surplus is cut.
    private static let bumperSlackSeconds = 0.05

    private let recipe: MediaRecipe
    private let files: AssetDescriptors
    private let limits: MediaLimits
    private let interruption: Interruption

    /// - Throws: `misconfigured` when the recipe's numbers cannot make a video.
    init(_ recipe: MediaRecipe, _ files: AssetDescriptors, limits: MediaLimits, interruption: Interruption) throws {
        try recipe.checkShape()
        self.recipe = recipe
        self.files = files
        self.limits = limits
        self.interruption = interruption
    }

    /// - Throws: `misconfigured` when the file cannot be used.
    func bumper(_ kind: DrawnBumper.Kind) throws -> any FrameSource {
        let (descriptor, name) = kind == .intro ? (files.intro, "intro") : (files.outro, "outro")
        guard let descriptor else { return try DrawnBumper(kind, recipe: recipe) }
        do {
            return try open(descriptor, name)
        } catch let error as ANBError where error.code == .mediaRejected {
            throw ANBError.unusableAsset("The \(name) cannot be used: \(error.userMessage)", cause: error)
        }
    }

    /// - Throws: `misconfigured` when the file cannot be used.
    func watermark() throws -> Watermark {
        guard let descriptor = files.watermark else {
            return try Watermark(WatermarkArtist.draw(), margin: recipe.watermarkMargin, canvas: recipe.canvas)
        }
        return try Watermark(PNGReader.read(descriptor), margin: recipe.watermarkMargin, canvas: recipe.canvas)
    }

    private func open(_ descriptor: Int32, _ name: String) throws -> ClipSource {
        var limits = limits
        limits.sourceSecondsMin = 0
        let input = try SourceInput(descriptor: descriptor, interruption: interruption)
        let reader = try FrameReader(Demuxer(input, limits: limits), limits: limits)
        let profile = try StreamProfile(reader, descriptor: descriptor, limits: limits)
        let seconds = profile.durationSeconds ?? 0
        guard seconds <= MediaRecipe.bumperSecondsMax + Self.bumperSlackSeconds else {
            throw ANBError.unusableAsset(
                "The \(name) lasts \(Seconds(seconds)); at most \(Seconds(MediaRecipe.bumperSecondsMax)) are allowed.")
        }
        return try ClipSource(
            reader, profile: profile, recipe: recipe, framesMax: recipe.bumperFramesMax, watermark: nil,
            plan: ProcessorPlan(processors: 1))
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
