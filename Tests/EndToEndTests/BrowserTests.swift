import ANBTesting
import Foundation
import Testing

/// The web page as people use it: real Chromium against a real server, from sign-up to the ranking. What it checks is
/// in `Scripts/browser-test.py` and `Scripts/browser-roles-test.py`; each finding is a line of its output.
@Suite struct BrowserTests {
    @Test(.timeLimit(.minutes(5)))
    func twoPeopleAndOneClip() async throws {
        try await play("browser-test.py")
    }

    @Test(.timeLimit(.minutes(5)))
    func aModeratorAndAnAdmin() async throws {
        let program = try BuiltProducts.path(of: "anb-api")
        try await play("browser-roles-test.py", ["MODERATION": "true"]) { ["--anb-api", program, "--data", $0] }
    }

    /// - Parameter arguments: Of the script, for a server with that data folder.
    private func play(
        _ name: String, _ settings: [String: String] = [:], _ arguments: (String) -> [String] = { _ in [] }
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-browser-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try ServerProcess(folder: folder, settings: settings)
        defer { server.kill() }
        try await server.start()

        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Scripts/\(name)")
        let ending = try await Command.run(
            ["/usr/bin/env", "python3", script.path, server.baseURL] + arguments(folder.path))
        #expect(
            ending.code == 0,
            "\(ending.standardOutput.suffix(6000))\n\(ending.standardError.suffix(3000))\n\(server.log.suffix(1500))")
        #expect(ending.standardOutput.contains("0 findings"))
    }
}
