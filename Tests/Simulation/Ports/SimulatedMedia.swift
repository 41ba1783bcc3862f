import ANBCore

/// An engine that takes simulated time and fails as engines do.
struct SimulatedMedia: MediaEngine {
    let world: World
    let process: SimulatedProcess
    let scratch: ProcessScratch
    let port: Port

    private var rates: Plan.MediaRates { world.faultsAreOn ? world.plan.media : Plan.MediaRates() }

    /// Without faults: longer than clocks differ, so that work that comes at the same time needs every slot.
    private static let transcodeMilliseconds: Int64 = 20_000

    func validate(_ recipe: MediaRecipe, limits: MediaLimits) async throws {}

    func probe(path: String, limits: MediaLimits) async throws -> MediaInfo {
        let bytes = try scratch.bytes(at: path)
        if world.faultsAreOn { try await world.scheduler.sleep(world.chance.pick([1, 30, 300])) }
        try process.checkAlive()
        guard let kind = Clip.kind(of: bytes), kind != .unreadable else {
            throw ANBError(.mediaRejected, "The file is not a video that we can read.")
        }
        return Self.info(byteCount: bytes.count)
    }

    func transcode(
        _ request: TranscodeRequest, progress: @escaping @Sendable (TranscodeProgress) -> Void
    ) async throws -> TranscodeReport {
        let source = try scratch.bytes(at: request.sourcePath)
        let kind = Clip.kind(of: source)
        let time = world.faultsAreOn ? world.chance.number(100...world.plan.media.transcodeMax) : Self.transcodeMilliseconds
        for step in 1...3 {
            try await world.scheduler.sleep(time / 3)
            try process.checkAlive()
            progress(TranscodeProgress(fraction: Double(step) / 3))
            if step == 2, kind == .killer || world.chance.happens(rates.kills) { try await port.kill() }
        }
        if kind == .poison { throw ANBError(.mediaRejected, "The video cannot be decoded.") }
        if world.chance.happens(rates.hangs) {
            world.scheduler.note(4, process, "the engine hangs")
            try await world.scheduler.wait(world.scheduler.newWait())
        }
        if world.chance.happens(rates.fails) {
            throw ANBError(.mediaFailed, "The video could not be processed.", recovery: .retryNow)
        }
        return report(request, source)
    }

    private func report(_ request: TranscodeRequest, _ source: [UInt8]) -> TranscodeReport {
        func make(_ name: String) -> (path: String, byteCount: Int64) {
            let (path, bytes) = ("\(request.outputDirectory)/\(name)", Clip.output(name, of: source))
            scratch.put(bytes, at: path)
            return (path, Int64(bytes.count))
        }
        let renditions = request.recipe.renditions.map { rendition in
            let (path, byteCount) = make("\(rendition.name).mp4")
            return TranscodeReport.Rendition(
                name: rendition.name, path: path, width: rendition.width, height: rendition.height, frames: 900,
                durationSeconds: 30, byteCount: byteCount)
        }
        let (thumbnail, poster) = (make("thumbnail.jpg"), make("poster.jpg"))
        return TranscodeReport(
            renditions: renditions,
            thumbnail: .init(path: thumbnail.path, width: 480, height: 270, byteCount: thumbnail.byteCount),
            poster: .init(path: poster.path, width: 1280, height: 720, byteCount: poster.byteCount),
            input: Self.info(byteCount: source.count), wallSeconds: 0, cpuSeconds: 0, peakResidentBytes: 0)
    }

    private static func info(byteCount: Int) -> MediaInfo {
        MediaInfo(
            container: "mov", videoCodec: "h264", width: 1920, height: 1080, rotationDegrees: 0, frameRate: 30,
            durationSeconds: 25, pixelFormat: "yuv420p", isInterlaced: false, isHighDynamicRange: false, hasAudio: true,
            byteCount: Int64(byteCount))
    }
}
