import ANBCore
import ANBMedia
import ANBTesting
import Foundation

/// Transcodes into a folder of its own and keeps it until the test is over.
struct Studio {
    let folder: TemporaryFolder
    let engine: any MediaEngine
    var recipe = MediaRecipe()
    var limits = MediaLimits()

    /// In this process, with bumpers of six frames.
    init(shortBumpers: Bool = true) async throws {
        try await self.init(engine: InProcessMediaEngine(), shortBumpers: shortBumpers)
    }

    init(engine: any MediaEngine, shortBumpers: Bool = true) async throws {
        folder = try TemporaryFolder()
        self.engine = engine
        if shortBumpers {
            recipe.introPath = try await Clip.bumper.path()
            recipe.outroPath = recipe.introPath
        }
    }

    /// Frames of a short bumper.
    static let bumperFrames = 6

    static func childEngine() throws -> ChildProcessMediaEngine {
        ChildProcessMediaEngine(executable: try BuiltProducts.path(of: "anb-worker"))
    }

    func transcode(
        _ path: String, progress: @escaping @Sendable (TranscodeProgress) -> Void = { _ in }
    ) async throws -> TranscodeReport {
        let request = TranscodeRequest(sourcePath: path, outputDirectory: folder.path, recipe: recipe, limits: limits)
        return try await engine.transcode(request, progress: progress)
    }

    func judge(_ name: String) -> Judge { Judge(path: folder.url(name).path) }
}

/// The error a body throws, as the platform's own.
func thrownError(_ body: () async throws -> some Any) async throws -> ANBError {
    do {
        _ = try await body()
    } catch let error as ANBError {
        return error
    }
    throw ConformanceFailure("nothing was thrown")
}
