import ANBCore
import ANBMedia
import Foundation

/// A clip becomes an MP4 of 360 lines with a thumbnail, in an isolated child process. The video has our intro and outro, which are
/// added to the clip: `Scripts/swift run MediaOnly CLIP FOLDER`.
@main
struct MediaOnly {
    static func main() async {
        MediaChild.runIfRequested()  // first: decoding happens in a child process of this very program
        guard CommandLine.arguments.count == 3 else { end("usage: MediaOnly CLIP FOLDER", code: 64) }
        do {
            try await transcode(CommandLine.arguments[1], into: CommandLine.arguments[2])
        } catch let error as ANBError {
            end("\(error.userMessage) (\(error.code))", code: 65)
        } catch {
            end(error.localizedDescription, code: 65)
        }
    }

    private static func transcode(_ clipPath: String, into folder: String) async throws {
        let engine = ChildProcessMediaEngine()
        let clip = try await engine.probe(path: clipPath, limits: MediaLimits())
        print("\(clip.width) × \(clip.height), \(clip.videoCodec), \(clip.durationSeconds) s")

        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let recipe = MediaRecipe(
            clipSecondsMax: 10, renditions: [.init(name: "360p", width: 640, height: 360, constantRateFactor: 26)])
        let report = try await engine.transcode(
            TranscodeRequest(sourcePath: clipPath, outputDirectory: folder, recipe: recipe)
        ) { _ in }
        for video in report.renditions { print("\(video.path): \(video.frames) frames, \(video.byteCount) bytes") }
        print("\(report.thumbnail.path): \(report.thumbnail.width) × \(report.thumbnail.height)")
    }

    /// - Parameter code: Of sysexits.h.
    private static func end(_ sentence: String, code: Int32) -> Never {
        FileHandle.standardError.write(Data("\(sentence)\n".utf8))
        exit(code)
    }
}
