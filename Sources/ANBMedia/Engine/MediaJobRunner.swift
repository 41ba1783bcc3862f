import ANBCore

/// Runs a job on the calling thread, wherever its codecs live.
protocol MediaJobRunner: Sendable {
    /// Shared by all jobs of an engine.
    var bumpers: BumperCache { get }

    /// - Parameters:
    ///   - job: Its descriptors are open in this process.
    ///   - interruption: Watched all the time.
    ///   - progress: Called with non-decreasing fractions.
    func run(
        _ job: MediaJob, interruption: Interruption, progress: @escaping @Sendable (Double) -> Void
    ) throws -> MediaJobResult
}

/// What a job gave and what it cost.
struct MediaJobResult: Sendable {
    var outcome: MediaJob.Outcome
    /// User and system seconds.
    var cpuSeconds: Double
    /// Largest resident set.
    var peakResidentBytes: Int64
}

/// A probe decodes a few pictures on one thread. Four times what one of 8K took is enough, and less than a server has.
enum ProbeMemory {
    static let addressSpaceBytesMax: UInt64 = 1 << 30
}

extension MediaJobRunner {
    func probe(path: String, limits: MediaLimits) async throws -> MediaInfo {
        do {
            return try await JobThread.run("media-probe", secondsMax: limits.probeSecondsMax) { interruption in
                let files = try JobFiles(source: path, recipe: nil)
                var limits = limits
                limits.childAddressSpaceBytesMax = min(limits.childAddressSpaceBytesMax, ProbeMemory.addressSpaceBytesMax)
                let job = MediaJob.probe(source: files.source, limits: limits)
                let result = try withExtendedLifetime(files) { try run(job, interruption: interruption) { _ in } }
                guard case .probed(let info) = result.outcome else { throw ANBError.engine("a probe gave something else") }
                return info
            }
        } catch var error as ANBError where error.code == .mediaFailed {
            // A transcode is repeated by the queue, a probe by nobody but the player.
            error.userMessage = "The video could not be checked. Please send it again."
            throw error
        }
    }

    func validate(_ recipe: MediaRecipe, limits: MediaLimits) async throws {
        try await JobThread.run("media-validate", secondsMax: limits.probeSecondsMax) { interruption in
            let files = try JobFiles(source: nil, recipe: recipe)
            let job = MediaJob.validate(recipe: recipe.withoutPaths, assets: files.assets, limits: limits)
            _ = try withExtendedLifetime(files) { try run(job, interruption: interruption) { _ in } }
        }
    }

    func transcode(
        _ request: TranscodeRequest, progress: @escaping @Sendable (TranscodeProgress) -> Void
    ) async throws -> TranscodeReport {
        try await JobThread.run("media-transcode", secondsMax: request.limits.transcodeSecondsMax) { interruption in
            let started = ContinuousClock.now
            let recipe = request.recipe
            let files = try JobFiles(source: request.sourcePath, recipe: recipe)
            var bumperSeconds = 0.0
            let bumpers = try bumpers.bumpers(for: recipe, files, limits: request.limits) { job in
                bumperSeconds = try run(job, interruption: interruption) { _ in }.cpuSeconds
            }
            let outputs = try StagedOutputs(directory: request.outputDirectory, names: recipe.outputNames)
            let job = MediaJob.transcode(
                recipe: recipe.withoutPaths, files: TranscodeDescriptors(files, bumpers, outputs, recipe), limits: request.limits)
            var result = try withExtendedLifetime((files, bumpers)) {
                try run(job, interruption: interruption) { progress(TranscodeProgress(fraction: $0)) }
            }
            result.cpuSeconds += bumperSeconds
            let wallSeconds = (ContinuousClock.now - started) / .seconds(1)
            let report = try TranscodeReport(result, outputs, recipe, wallSeconds: wallSeconds)
            try interruption.check()
            try outputs.publish()
            return report
        }
    }
}

extension MediaRecipe {
    /// What a job needs to know: no path leaves the process that opened the files.
    var withoutPaths: MediaRecipe {
        var copy = self
        (copy.introPath, copy.outroPath, copy.watermarkPath) = (nil, nil, nil)
        return copy
    }

    /// Names of all files a transcode writes: the renditions, the thumbnail, the poster.
    fileprivate var outputNames: [String] { renditions.map { "\($0.name).mp4" } + ["thumbnail.jpg", "poster.jpg"] }
}

extension TranscodeDescriptors {
    fileprivate init(_ files: JobFiles, _ bumpers: BumperFiles, _ outputs: StagedOutputs, _ recipe: MediaRecipe) {
        let count = recipe.renditions.count
        let descriptors = outputs.descriptors
        self.init(
            source: files.source, assets: files.assets, bumpers: bumpers.descriptors,
            renditions: Array(descriptors.prefix(count)), thumbnail: descriptors[count], poster: descriptors[count + 1],
            processors: ProcessorCount.available)
    }
}

extension TranscodeReport {
    /// Sizes and paths are this process's own; of the outcome only what it alone can know is taken.
    fileprivate init(
        _ result: MediaJobResult, _ outputs: StagedOutputs, _ recipe: MediaRecipe, wallSeconds: Double
    ) throws {
        guard case .transcoded(let outcome) = result.outcome, outcome.renditions.count == recipe.renditions.count else {
            throw ANBError.engine("a transcode gave something else")
        }
        let paths = outputs.finalPaths
        let renditions = try recipe.renditions.enumerated().map { index, rendition in
            Rendition(
                name: rendition.name, path: paths[index], width: rendition.width, height: rendition.height,
                frames: outcome.renditions[index].frames, durationSeconds: outcome.renditions[index].durationSeconds,
                byteCount: try outputs.byteCount(index))
        }
        let count = recipe.renditions.count
        let (thumbnail, poster) = (recipe.thumbnailSize, recipe.canvas)
        self.init(
            renditions: renditions,
            thumbnail: Picture(
                path: paths[count], width: thumbnail.width, height: thumbnail.height, byteCount: try outputs.byteCount(count)),
            poster: Picture(
                path: paths[count + 1], width: poster.width, height: poster.height, byteCount: try outputs.byteCount(count + 1)),
            input: outcome.input, wallSeconds: wallSeconds, cpuSeconds: result.cpuSeconds,
            peakResidentBytes: result.peakResidentBytes)
    }
}
