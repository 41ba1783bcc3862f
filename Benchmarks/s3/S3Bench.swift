import ANBAWS
import ANBCore
import ANBStorage
import ANBTesting
import Foundation
import Logging
import NIOCore

/// Measures and judges the S3 backend against the server that the environment names:
///
///     s3-bench upload 100 4    uploads files of 100 MB, 4 at the same time, a few times: MB/s and memory
///     s3-bench suite [WORD…]   the object store's conformance suite; leaves out cases whose name holds a word
@main
struct S3Bench {
    private static let rounds = 5

    private let settings: S3Settings
    private let service: S3Service
    private let store: S3ObjectStore

    static func main() async throws {
        let http = AWSHTTP()
        let arguments = CommandLine.arguments.dropFirst()
        switch arguments.first {
        case "upload":
            let numbers = arguments.dropFirst().compactMap(Int.init)
            try await S3Bench(http).upload(megabytes: numbers.first ?? 100, count: numbers.dropFirst().first ?? 1)
        case "suite": try await suite(http, without: Array(arguments.dropFirst()))
        default: print("usage: s3-bench upload [MEGABYTES [COUNT]] | suite [WORD…]")
        }
        try await http.shutdown()
    }

    /// Makes a bucket of its own.
    private init(_ http: AWSHTTP) async throws {
        let variables = ProcessInfo.processInfo.environment
        let region = variables["AWS_REGION"] ?? "us-east-1"
        settings = S3Settings(
            bucket: "bench-\(UUID().uuidString.lowercased().prefix(18))", region: region, endpoint: variables["S3_ENDPOINT_URL"],
            usesPathStyle: true)
        let credentials = RefreshingCredentials(
            try CredentialChain.standard(AWSVariables(variables), region: region, http: http))
        let logger = Logger(label: "s3-bench")
        service = try S3Service(settings, http: http, credentials: credentials, logger: logger)
        _ = try await service.send(service.request("PUT", bucket: settings.bucket))
        store = try S3ObjectStore(settings, service: service, logger: logger)
    }

    // MARK: Upload

    private func upload(megabytes: Int, count: Int) async throws {
        try await store.write(try ObjectKey("warm"), .bytes(ByteBuffer(string: "warm")))
        let idle = try Memory.now()
        for round in 1...Self.rounds {
            let paths = try (0..<count).map { _ in try Self.makeFile(megabytes: megabytes) }
            let start = ContinuousClock.now
            try await withThrowingTaskGroup { group in
                for (number, path) in paths.enumerated() {
                    group.addTask {
                        try await store.write(try ObjectKey("originals/\(number)/original.mp4"), .movingFile(path: path))
                    }
                }
                try await group.waitForAll()
            }
            let seconds = (ContinuousClock.now - start).inSeconds
            let peak = try Memory.peak()
            let rate = Double(megabytes * count) / seconds
            print(
                "round \(round): \(count) × \(megabytes) MB in \(Self.text(seconds)) s, \(Self.text(rate)) MB/s, "
                    + "peak memory \(Self.text(peak)) MiB, \(Self.text(peak - idle)) MiB above idle")
        }
    }

    /// In small pieces, so that making the file does not count as memory.
    private static func makeFile(megabytes: Int) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "s3-bench-\(UUID().uuidString)").path
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
            throw ANBError.internal("cannot write \(path)")
        }
        let piece = Data((0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) })
        for _ in 0..<megabytes { try file.write(contentsOf: piece) }
        try file.close()
        return path
    }

    private static func text(_ value: Double) -> String { String(format: "%.2f", value) }

    // MARK: Suite

    private static func suite(_ http: AWSHTTP, without words: [String]) async throws {
        let parts = ConformanceCase<any ObjectStore>("a file that is sent in parts comes back byte by byte", comesBackInParts)
        let cases = ObjectStoreSuite.suite.cases + [parts]
        let chosen = cases.filter { rule in !words.contains { rule.name.contains($0) } }
        for rule in cases where !chosen.contains(where: { $0.name == rule.name }) { print("left out  \(rule.name)") }
        var failures = 0
        for rule in chosen {
            do {
                try await rule.run(try await S3Bench(http).store)
                print("passed  \(rule.name)")
            } catch {
                failures += 1
                print("FAILED  \(rule.name): \(error)")
            }
        }
        print("\(chosen.count - failures) passed, \(failures) failed, \(cases.count - chosen.count) left out of \(cases.count)")
        if failures > 0 { exit(1) }
    }

    private static func comesBackInParts(_ store: any ObjectStore) async throws {
        let key = try ObjectKey("parts")
        let path = try makeFile(megabytes: 20)
        let content = ByteBuffer(bytes: try Data(contentsOf: URL(filePath: path)))
        try await store.write(key, .movingFile(path: path))
        try expectEqual(try await store.read(key).collect(upTo: 32 << 20), content)
    }
}

/// The process's memory in MiB.
private enum Memory {
    static func now() throws -> Double { try value("VmRSS") }
    static func peak() throws -> Double { try value("VmHWM") }

    private static func value(_ name: String) throws -> Double {
        let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
        return (line?.split(whereSeparator: \.isWhitespace)[1]).flatMap { Double($0) }.map { $0 / 1024 } ?? 0
    }
}
