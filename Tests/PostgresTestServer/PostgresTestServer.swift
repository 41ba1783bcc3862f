import Dispatch
import Foundation

/// A real PostgreSQL server on a free port of the loopback interface, for tests only. It ends with the test process.
package final class PostgresTestServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The server that the tests of this process share, started when it is first asked for. A server that does not
    /// start fails every test that asks.
    package static var shared: PostgresTestServer { get async throws { try await starting.value } }
    private static let starting = Task { try await start() }

    private let folder: String
    package let port: Int

    private init(folder: String, port: Int) {
        self.folder = folder
        self.port = port
    }

    package static func start() async throws -> PostgresTestServer {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-postgres-\(UUID().uuidString)").path
        let url = try await script(["start", folder, "--owner", "\(ProcessInfo.processInfo.processIdentifier)"])
        guard let port = URLComponents(string: url)?.port else { throw Failure(description: "no port in \(url)") }
        return PostgresTestServer(folder: folder, port: port)
    }

    /// Ends the server as a crash would, without a checkpoint and without waiting for anyone.
    package func crash() async throws { try await Self.script(["stop", folder, "immediate"]) }

    /// Starts the server again, where it was.
    package func startAgain() async throws { try await Self.script(["start", folder, "--port", "\(port)"]) }

    /// - Parameter options: Behind the question mark.
    package func url(
        database: String = "postgres", user: String = "anb", password: String = "anb", options: String = ""
    ) -> String {
        "postgres://\(user):\(password)@127.0.0.1:\(port)/\(database)" + (options.isEmpty ? "" : "?\(options)")
    }

    /// The server's own certificate, which is its own authority.
    package var certificatePath: String { "\(folder)/data/server.crt" }

    /// Runs the script off the cooperative pool.
    @discardableResult
    private static func script(_ arguments: [String]) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try run(arguments) }) }
        }
    }

    private static func run(_ arguments: [String]) throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let (process, output, errors) = (Process(), Pipe(), Pipe())
        process.executableURL = root.appendingPathComponent("Scripts/test-servers/postgres.sh")
        process.arguments = arguments
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failure(description: "postgres.sh \(arguments) failed: \(complaint)")
        }
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
