import ANBCore
import ANBMedia
import ANBTesting
import Foundation

/// The real engine for real clips, and a fake one for those that end with ``marker``.
struct ChaosMediaEngine: MediaEngine {
    /// What a clip ends with that is not worth a codec; inside a box of MP4 that players skip.
    static let marker = Data("CHAOS-FAKE".utf8)

    private let real = ChildProcessMediaEngine()
    private let fake: FakeMediaEngine

    init(fakeSecondsMax: Double) {
        fake = FakeMediaEngine { try await Task.sleep(for: .seconds(.random(in: 0...fakeSecondsMax))) }
    }

    func probe(path: String, limits: MediaLimits) async throws -> MediaInfo {
        try await real.probe(path: path, limits: limits)
    }

    func validate(_ recipe: MediaRecipe, limits: MediaLimits) async throws {
        try await real.validate(recipe, limits: limits)
    }

    func transcode(
        _ request: TranscodeRequest, progress: @escaping @Sendable (TranscodeProgress) -> Void
    ) async throws -> TranscodeReport {
        guard try Data(contentsOf: URL(filePath: request.sourcePath)).suffix(Self.marker.count) == Self.marker else {
            return try await real.transcode(request, progress: progress)
        }
        // The fake engine takes only what is called a fake.
        var request = request
        request.sourcePath = "\(request.outputDirectory)/fake"
        try Data(FakeMediaEngine.magic.utf8).write(to: URL(filePath: request.sourcePath))
        return try await fake.transcode(request, progress: progress)
    }
}
