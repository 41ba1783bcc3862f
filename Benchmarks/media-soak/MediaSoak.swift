import ANBCore
import ANBMedia
import ArgumentParser
import Foundation

/// Many transcodes in one process. Fails unless its memory comes to rest.
@main
struct MediaSoak: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "anb-bench-media")

    /// KiB by which memory may differ between two moments: fragments make 20 MiB of it. A 720p picture lost by each of 100 jobs would
    /// be 135 MiB.
    private static let growthKiBMax = 64 << 10

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
        var atHalf = 0
        for job in 1...jobs {
            _ = try await engine.transcode(request) { _ in }
            guard job == 1 || job == jobs / 2 || job % max(1, jobs / 8) == 0 || job == jobs else { continue }
            let held = Self.heldKiB()
            print("after \(job) jobs: \(held) KiB, \(Self.threads) threads")
            if job == jobs / 2 { atHalf = held }
            if job == jobs, held > atHalf + Self.growthKiBMax {
                print("memory grew by \(held - atHalf) KiB in the second half, more than \(Self.growthKiBMax)")
                throw ExitCode.failure
            }
        }
    }

    /// What the allocator keeps for later is given back first: only what is in use counts.
    private static func heldKiB() -> Int {
        if let symbol = dlsym(dlopen(nil, RTLD_NOW), "malloc_trim") {
            _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
        }
        return status("VmRSS:")
    }

    private static var threads: Int { status("Threads:") }

    private static func status(_ key: String) -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix(key) }.flatMap { Int($0.filter(\.isNumber)) } ?? 0
    }
}
