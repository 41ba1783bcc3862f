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

    @Option(help: "Transcodes, one after another, in each of eight parts.")
    var eighth = 25

    func run() async throws {
        let engine = InProcessMediaEngine()
        let folder = FileManager.default.temporaryDirectory.appending(path: "anb-media-soak-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let request = TranscodeRequest(sourcePath: input, outputDirectory: folder)
        var held: [Int] = []
        for part in 1...8 {
            for _ in 0..<eighth { _ = try await engine.transcode(request) { _ in } }
            held.append(try Self.heldKiB())
            print("after \(part * eighth) jobs: \(held[part - 1]) KiB, \(try Self.status("Threads:")) threads")
        }
        let growth = held[7] - held[3]
        guard growth <= Self.growthKiBMax else {
            print("memory grew by \(growth) KiB in the second half, more than \(Self.growthKiBMax)")
            throw ExitCode.failure
        }
    }

    /// What the allocator keeps for later is given back first: only what is in use counts.
    private static func heldKiB() throws -> Int {
        guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "malloc_trim") else { throw Unmeasured(what: "malloc_trim") }
        _ = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)(0)
        return try status("VmRSS:")
    }

    private static func status(_ key: String) throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
        guard let value = line.flatMap({ Int($0.filter(\.isNumber)) }) else { throw Unmeasured(what: key) }
        return value
    }

    private struct Unmeasured: Error {
        let what: String
    }
}
