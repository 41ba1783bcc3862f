import ANBTesting
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import RedisTestServer

/// A program of the platform as a process of its own, with its data below one folder, so that tests can kill it.
final class ServerProcess {
    let folder: URL
    let port: Int
    private let settings: [String: String]
    private let arguments: [String]
    private var process: Process?

    /// - Parameter arguments: Of `anb-api`.
    init(folder: URL, settings: [String: String] = [:], arguments: [String] = ["serve"]) throws {
        self.folder = folder
        self.settings = settings
        self.arguments = arguments
        port = try FreePort.find()
    }

    var baseURL: String { "http://127.0.0.1:\(port)" }

    /// Starts the server and waits, at most 30 s, until it answers.
    func start() async throws {
        try begin()
        try await waitUntilItAnswers()
    }

    /// Starts the server and waits for nothing.
    func begin() throws { _ = try launch("anb-api", arguments) }

    /// At most 30 s.
    func waitUntilItAnswers() async throws {
        guard let process else { throw ConformanceFailure("the server was not started") }
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline, process.isRunning {
            let health = HTTPClientRequest(url: "\(baseURL)/health")
            if (try? await HTTPClient.shared.execute(health, timeout: .seconds(1)))?.status == .ok { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw ConformanceFailure("the server did not start: \(log.suffix(2000))")
    }

    /// Starts `anb-worker run` instead of a server and waits, at most 30 s, for its first line.
    func startWorker() async throws {
        let process = try launch("anb-worker", ["run"])
        let deadline = ContinuousClock.now + .seconds(30)
        while log.isEmpty {
            try expect(process.isRunning && ContinuousClock.now < deadline, "the worker did not start within 30 s: \(log)")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func launch(_ product: String, _ arguments: [String]) throws -> Process {
        let process = try Self.process(product, arguments, environment: environment, logTo: folder)
        try process.run()
        self.process = process
        return process
    }

    /// As a power cut would end it.
    func kill() {
        guard let process else { return }
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// Asks it to end.
    /// - Returns: The exit code.
    func terminate() -> Int32 {
        guard let process else { return -1 }
        process.terminate()
        process.waitUntilExit()
        self.process = nil
        return process.terminationStatus
    }

    /// Lets it stand still, or go on.
    func send(_ signal: Int32) { if let process { Foundation.kill(process.processIdentifier, signal) } }

    /// Asks it to end and waits for nothing.
    func askToEnd() { process?.terminate() }

    /// Waits until it has ended.
    /// - Returns: The exit code.
    func ended(withinSeconds seconds: Int) async throws -> Int32 {
        guard let process else { throw ConformanceFailure("the process was not started") }
        let deadline = ContinuousClock.now + .seconds(seconds)
        while process.isRunning {
            try expect(ContinuousClock.now < deadline, "it did not end within \(seconds) s: \(log.suffix(2000))")
            try await Task.sleep(for: .milliseconds(10))
        }
        self.process = nil
        return process.terminationStatus
    }

    /// Runs a command of another executable on the same data.
    func run(_ product: String, _ arguments: [String]) throws -> Int32 {
        let process = try Self.process(product, arguments, environment: environment, logTo: folder)
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }

    var log: String { (try? String(contentsOf: folder.appendingPathComponent("server.log"), encoding: .utf8)) ?? "" }

    private var environment: [String: String] {
        var environment = ["ANB_DATA_DIR": folder.path, "PORT": "\(port)", "LOG_LEVEL": "info"].merging(settings) { $1 }
        // What is shared wants a named database: the one that is the default without anything shared.
        let database = "sqlite:///\(environment["ANB_DATA_DIR"] ?? folder.path)/anb.sqlite"
        environment["DATABASE_URL"] = environment["DATABASE_URL"] ?? database
        return environment
    }

    private static func process(
        _ product: String, _ arguments: [String], environment: [String: String], logTo folder: URL
    ) throws -> Process {
        let log = folder.appendingPathComponent("server.log")
        if !FileManager.default.fileExists(atPath: log.path) {
            _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try BuiltProducts.path(of: product))
        process.arguments = arguments
        process.environment = environment
        process.standardOutput = handle
        process.standardError = handle
        return process
    }
}
