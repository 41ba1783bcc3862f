import ANBComposition
import ANBCore
import ANBMedia
import ArgumentParser
import Foundation

/// `anb-worker process`: one local file through the same pipeline as an upload.
struct ProcessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process", abstract: "Makes 720p.mp4, 480p.mp4, thumbnail.jpg, poster.jpg and report.json of one file.")

    @Argument(help: "A local video file.")
    var input: String

    @Option(name: .shortAndLong, help: "The folder for the outputs; made when it is missing.")
    var output: String

    @Flag(help: "Print the report as JSON.")
    var json = false

    @OptionGroup var settings: SettingsOptions

    func run() async throws {
        try await CommandExit.translating {
            let report = try await process()
            print(json ? try JSONText.of(report) : Self.describe(report))
        }
    }

    private func process() async throws -> TranscodeReport {
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw ANBError(.invalidRequest, "The output folder cannot be made: \(output)", cause: error)
        }
        let bar = ProgressBar()
        let rules = try Settings(await settings.sources()).rules
        let request = TranscodeRequest(
            sourcePath: input, outputDirectory: output, recipe: rules.recipe, limits: rules.mediaLimits)
        let report = try await bar.whileShown {
            try await ChildProcessMediaEngine(bumperDirectory: Self.cacheDirectory).transcode(request) { bar.show($0.fraction) }
        }
        try Data(JSONText.of(report).utf8).write(
            to: URL(fileURLWithPath: output).appending(path: "report.json"), options: .atomic)
        return report
    }

    /// The user's folder for what can be made again; nil when there is none.
    private static var cacheDirectory: String? {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") { return "\(folder)/anb" }
        return environment["HOME"].map { "\($0)/.cache/anb" }
    }

    private static func describe(_ report: TranscodeReport) -> String {
        let lines = report.renditions.map { "\($0.path): \($0.width)×\($0.height), \($0.frames) frames, \($0.byteCount) bytes" }
        let pictures = [report.thumbnail, report.poster].map { "\($0.path): \($0.width)×\($0.height), \($0.byteCount) bytes" }
        let cost = String(
            format: "%.2f s, %.2f CPU-s, peak %d MB", report.wallSeconds, report.cpuSeconds, report.peakResidentBytes >> 20)
        return (lines + pictures + [cost]).joined(separator: "\n")
    }
}
