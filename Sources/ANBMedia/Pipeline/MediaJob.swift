import ANBCore

/// What the engine is asked to do, with files as descriptors only: this is all a decoding process ever sees.
enum MediaJob: Sendable, Codable {
    case probe(source: Int32, limits: MediaLimits)
    case validate(recipe: MediaRecipe, assets: AssetDescriptors, limits: MediaLimits)
    /// Encodes intro and outro as videos of their own, which later transcodes copy.
    case encodeBumpers(recipe: MediaRecipe, assets: AssetDescriptors, outputs: BumperDescriptors, limits: MediaLimits)
    case transcode(recipe: MediaRecipe, files: TranscodeDescriptors, limits: MediaLimits)
    /// Tries to do harm, to prove that it cannot; nobody sends it but tests.
    case trial(SandboxTrial, file: Int32, limits: MediaLimits)

    /// What came of it.
    enum Outcome: Sendable, Codable {
        case probed(MediaInfo)
        /// The assets are fine; or the bumpers are encoded.
        case validated
        case transcoded(TranscodeOutcome)
        /// What the kernel answered: an error number, or 0 when it allowed it.
        case tried(errno: Int32)
    }

    /// Runs on the calling thread, for as long as it takes.
    func run(_ interruption: Interruption, progress: @escaping (Double) -> Void) throws -> Outcome {
        switch self {
        case .probe(let source, let limits):
            let input = try SourceInput(descriptor: source, interruption: interruption)
            let reader = try FrameReader(Demuxer(input, limits: limits), limits: limits)
            let profile = try StreamProfile(reader, descriptor: source, limits: limits)
            try profile.checkDuration(limits)
            return .probed(profile.info)
        case .validate(let recipe, let assets, let limits):
            let assets = try Assets(recipe, assets, limits: limits, interruption: interruption)
            _ = (try assets.bumper(.intro), try assets.bumper(.outro), try assets.watermark())
            return .validated
        case .encodeBumpers(let recipe, let assets, let outputs, let limits):
            let assets = try Assets(recipe, assets, limits: limits, interruption: interruption)
            let workshop = BumperWorkshop(recipe: recipe, assets: assets, limits: limits, interruption: interruption)
            try workshop.encode(outputs, progress: progress)
            return .validated
        case .transcode(let recipe, let files, let limits):
            let transcoder = Transcoder(recipe: recipe, files: files, limits: limits, interruption: interruption)
            return .transcoded(try transcoder.run(progress: progress))
        case .trial(let trial, let file, _):
            return .tried(errno: trial.run(file: file, progress: progress))
        }
    }

    var limits: MediaLimits {
        switch self {
        case .probe(_, let limits), .validate(_, _, let limits), .encodeBumpers(_, _, _, let limits),
            .transcode(_, _, let limits), .trial(_, _, let limits):
            limits
        }
    }
}

extension MediaJob {
    /// The same job with other numbers for its descriptors, for a process where they have other numbers.
    func mapDescriptors(_ transform: (Int32) -> Int32) -> MediaJob {
        switch self {
        case .probe(let source, let limits):
            return .probe(source: transform(source), limits: limits)
        case .validate(let recipe, let assets, let limits):
            return .validate(recipe: recipe, assets: assets.map(transform), limits: limits)
        case .encodeBumpers(let recipe, let assets, let outputs, let limits):
            return .encodeBumpers(
                recipe: recipe, assets: assets.map(transform), outputs: outputs.map(transform), limits: limits)
        case .transcode(let recipe, var files, let limits):
            files.source = transform(files.source)
            files.assets = files.assets.map(transform)
            files.bumpers = files.bumpers?.map(transform)
            files.renditions = files.renditions.map(transform)
            files.thumbnail = transform(files.thumbnail)
            files.poster = transform(files.poster)
            return .transcode(recipe: recipe, files: files, limits: limits)
        case .trial(let trial, let file, let limits):
            return .trial(trial, file: transform(file), limits: limits)
        }
    }
}

/// The operator's files; nil where the project draws its own.
struct AssetDescriptors: Sendable, Codable {
    var intro: Int32?
    var outro: Int32?
    var watermark: Int32?

    fileprivate func map(_ transform: (Int32) -> Int32) -> AssetDescriptors {
        AssetDescriptors(intro: intro.map(transform), outro: outro.map(transform), watermark: watermark.map(transform))
    }
}

/// Intro and outro, encoded: one file for each of the recipe's renditions, in its order.
struct BumperDescriptors: Sendable, Codable {
    var intro: [Int32]
    var outro: [Int32]

    fileprivate func map(_ transform: (Int32) -> Int32) -> BumperDescriptors {
        BumperDescriptors(intro: intro.map(transform), outro: outro.map(transform))
    }
}

/// Every file of one transcode. Outputs are empty and open for reading and writing.
struct TranscodeDescriptors: Sendable, Codable {
    var source: Int32
    var assets: AssetDescriptors
    /// Encoded before; nil when intro and outro must be encoded from the assets.
    var bumpers: BumperDescriptors?
    /// One for each of the recipe's renditions, in its order.
    var renditions: [Int32]
    var thumbnail: Int32
    var poster: Int32
    /// The processors that the engine may use, 1 or more; a decoding process cannot find out itself.
    var processors: Int
}

/// What a transcode wrote, without the paths only the caller knows.
struct TranscodeOutcome: Sendable, Codable {
    struct Rendition: Sendable, Codable {
        var frames: Int
        var durationSeconds: Double
    }

    var input: MediaInfo
    var renditions: [Rendition]
}
