public import ANBCore
import Foundation

/// A media engine without codecs: it accepts files that start with ``magic`` and "makes" small files from them.
public struct FakeMediaEngine: MediaEngine {
    /// What an acceptable fake clip starts with.
    public static let magic = "FAKE-VIDEO"

    private let info: MediaInfo
    private let whileTranscoding: @Sendable () async throws -> Void

    /// - Parameters:
    ///   - durationSeconds: What a probe finds.
    ///   - whileTranscoding: Runs at half of every transcode; may wait or throw.
    public init(durationSeconds: Double = 25, whileTranscoding: @escaping @Sendable () async throws -> Void = {}) {
        info = MediaInfo(
            container: "mov", videoCodec: "h264", width: 1920, height: 1080, rotationDegrees: 0, frameRate: 30,
            durationSeconds: durationSeconds, pixelFormat: "yuv420p", isInterlaced: false, isHighDynamicRange: false,
            hasAudio: true, byteCount: 0)
        self.whileTranscoding = whileTranscoding
    }

    public func probe(path: String, limits: MediaLimits) async throws -> MediaInfo {
        guard let data = FileManager.default.contents(atPath: path), data.starts(with: Data(Self.magic.utf8)) else {
            throw ANBError(.mediaRejected, "The file is not a video that we can read.", failureCode: .notAVideo)
        }
        var info = info
        info.byteCount = Int64(data.count)
        return info
    }

    public func validate(_ recipe: MediaRecipe, limits: MediaLimits) async throws {}

    public func transcode(
        _ request: TranscodeRequest, progress: @escaping @Sendable (TranscodeProgress) -> Void
    ) async throws -> TranscodeReport {
        let input = try await probe(path: request.sourcePath, limits: request.limits)
        progress(TranscodeProgress(fraction: 0.5))
        try await whileTranscoding()
        let renditions = try request.recipe.renditions.map { rendition in
            let path = "\(request.outputDirectory)/\(rendition.name).mp4"
            let byteCount = try write("fake \(rendition.name)", to: path)
            return TranscodeReport.Rendition(
                name: rendition.name, path: path, width: rendition.width, height: rendition.height, frames: 900,
                durationSeconds: 30, byteCount: byteCount)
        }
        let thumbnail = try picture("thumbnail.jpg", width: 480, height: 270, in: request.outputDirectory)
        let poster = try picture("poster.jpg", width: 1280, height: 720, in: request.outputDirectory)
        progress(TranscodeProgress(fraction: 1))
        return TranscodeReport(
            renditions: renditions, thumbnail: thumbnail, poster: poster, input: input, wallSeconds: 0, cpuSeconds: 0,
            peakResidentBytes: 0)
    }

    private func picture(_ name: String, width: Int, height: Int, in folder: String) throws -> TranscodeReport.Picture {
        let path = "\(folder)/\(name)"
        return TranscodeReport.Picture(
            path: path, width: width, height: height, byteCount: try write("fake \(name)", to: path))
    }

    private func write(_ text: String, to path: String) throws -> Int64 {
        guard FileManager.default.createFile(atPath: path, contents: Data(text.utf8)) else {
            throw ANBError.internal("cannot write \(path)")
        }
        return Int64(text.utf8.count)
    }
}

/// Hashes that cost nothing, for tests that are not about passwords.
public struct PlainHasher: PasswordHasher {
    /// Costs nothing.
    public init() {}
    public func hash(_ password: String) async throws -> String { "plain:\(password)" }
    /// By bytes: texts of different bytes may be equal to Swift.
    public func verify(_ password: String, against hash: String?) async throws -> Bool {
        hash?.utf8.elementsEqual("plain:\(password)".utf8) ?? false
    }
    public func needsRehash(_ hash: String) -> Bool { false }
}
