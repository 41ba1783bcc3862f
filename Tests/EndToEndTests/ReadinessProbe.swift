import ANBTesting
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// `/ready` of a running server.
struct ReadinessProbe {
    let baseURL: String

    /// How it is, by dependency, and the status.
    func ask(_ path: String = "/ready") async throws -> (status: UInt, lines: [String: String]) {
        let request = HTTPClientRequest(url: baseURL + path)
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let body = Data(buffer: try await answer.body.collect(upTo: 65536))
        return (answer.status.code, (try? JSONDecoder().decode([String: String].self, from: body)) ?? [:])
    }

    /// Asks until exactly these dependencies are down; what the server learns of an outage may take it a moment.
    func waitUntil(down: Set<String>) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while true {
            let (status, lines) = try await ask()
            let found = Set(lines.filter { $0.value != "ok" }.keys)
            if found == down, (status == 200) == down.isEmpty { return }
            try expect(ContinuousClock.now < end, "/ready answers \(status) \(lines), expected down: \(down)")
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// A server with its data in a folder of its own, from its start to its end by SIGTERM.
    static func withServer(
        _ settings: [String: String], _ body: (ReadinessProbe, ServerProcess) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-ready-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try ServerProcess(folder: folder, settings: settings)
        defer { server.kill() }
        try await server.start()
        try await body(ReadinessProbe(baseURL: server.baseURL), server)
        try expect(server.terminate() == 0, "the server did not end well: \(server.log.suffix(2000))")
    }
}
