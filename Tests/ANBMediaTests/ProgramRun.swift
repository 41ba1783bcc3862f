import Foundation

/// One finished run of another program.
struct ProgramRun {
    let code: Int32
    let output: Data
    let errors: String

    var text: String { String(decoding: output, as: UTF8.self) }

    /// Runs a program to its end, outside the cooperative pool.
    static func of(_ program: String, _ arguments: [String]) async throws -> ProgramRun {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try runBlocking(program, arguments) }) }.start()
        }
    }

    private static func runBlocking(_ program: String, _ arguments: [String]) throws -> ProgramRun {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        // Files, not pipes: neither can fill up while the other is read.
        let folder = try TemporaryFolder()
        let (out, err) = (try folder.writer("out"), try folder.writer("err"))
        process.standardOutput = out
        process.standardError = err
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        let signalBase: Int32 = process.terminationReason == .uncaughtSignal ? 128 : 0
        return ProgramRun(
            code: signalBase + process.terminationStatus, output: try Data(contentsOf: folder.url("out")),
            errors: String(decoding: try Data(contentsOf: folder.url("err")), as: UTF8.self))
    }
}

/// A folder that disappears with its last user.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "anb-media-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var contents: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }

    func url(_ name: String) -> URL { URL(fileURLWithPath: path).appending(path: name) }

    func file(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        try Data(bytes).write(to: url(name))
        return url(name).path
    }

    fileprivate func writer(_ name: String) throws -> FileHandle {
        try Data().write(to: url(name))
        return try FileHandle(forWritingTo: url(name))
    }
}
