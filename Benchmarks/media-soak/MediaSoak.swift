import ANBCore
import ANBMedia
import ArgumentParser
import Foundation

/// Many transcodes in one process, to see whether its memory comes to rest.
@main
struct MediaSoak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "anb-bench-media")

    @Argument(help: "A short video file.")
    var input: String

    @Option(help: "Transcodes, one after another.")
    var jobs = 200

    func run() async throws {
        let engine = InProcessMediaEngine()
        let folder = FileManager.default.temporaryDirectory.appending(path: "anb-media-soak-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let request = TranscodeRequest(sourcePath: input, outputDirectory: folder)
        for job in 1...jobs {
            _ = try await engine.transcode(request) { _ in }
            if job == 1 || job % max(1, jobs / 8) == 0 {
                print("after \(job) jobs: \(Self.residentKiB) KiB, \(Self.threads) threads")
            }
        }
    }

    private static var residentKiB: Int { status("VmRSS:") }
    private static var threads: Int { status("Threads:") }

    private static func status(_ key: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix(key) }.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
}
