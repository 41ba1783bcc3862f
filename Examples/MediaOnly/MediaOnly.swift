import ANBCore
import ANBMedia

/// A clip becomes an MP4 of 360 lines with a thumbnail, in an isolated child process: `MediaOnly CLIP FOLDER`.
@main
struct MediaOnly {
    static func main() async throws {
        MediaChild.runIfRequested()  // first: decoding happens in a child process of this very program
        guard CommandLine.arguments.count == 3 else { throw ANBError(.invalidRequest, "usage: MediaOnly CLIP FOLDER") }
        let engine = ChildProcessMediaEngine()
        let clip = try await engine.probe(path: CommandLine.arguments[1], limits: MediaLimits())
        print("\(clip.width) × \(clip.height), \(clip.videoCodec), \(clip.durationSeconds) s")

        let recipe = MediaRecipe(
            clipSecondsMax: 10, renditions: [.init(name: "360p", width: 640, height: 360, constantRateFactor: 26)])
        let report = try await engine.transcode(
            TranscodeRequest(sourcePath: CommandLine.arguments[1], outputDirectory: CommandLine.arguments[2], recipe: recipe)
        ) { _ in }
        for video in report.renditions { print("\(video.path): \(video.frames) frames, \(video.byteCount) bytes") }
        print("\(report.thumbnail.path): \(report.thumbnail.width) × \(report.thumbnail.height)")
    }
}
