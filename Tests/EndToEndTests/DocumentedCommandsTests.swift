import ANBTesting
import Foundation
import Testing

/// The commands that Docs/API.md shows, run as they stand there against a real server.
@Suite(.serialized) struct DocumentedCommandsTests {
    private static let document = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Docs/API.md").standardizedFileURL

    @Test(.timeLimit(.minutes(2))) func theCommandsOfTheDocumentWork() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-commands-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try CrashTests.clip().write(to: folder.appendingPathComponent("clip.mp4"))
        let server = try ServerProcess(folder: folder, settings: ["LOG_LEVEL": "warning"])
        defer { server.kill() }
        try await server.start()

        let text = try String(contentsOf: Self.document, encoding: .utf8)
        let block = try #require(text.firstMatch(of: /(?s)## With curl\n.*?```sh\n(.*?)```/)).output.1
        #expect(block.split(separator: "\n").count { $0.contains("curl ") } >= 8, "the document shows few commands")
        let script = """
            set -euo pipefail
            cd '\(folder.path)'
            curl() { echo "+ $*" >&2; command curl --fail-with-body --max-time 60 "$@"; echo; }
            \(block.replacing("localhost:8000", with: "127.0.0.1:\(server.port)"))
            """
        let ending = try await Command.run(["/usr/bin/env", "bash", "-c", script])
        #expect(ending.code == 0, "\(ending.standardOutput)\n\(ending.standardError)")
        let signs = [
            "\"user_id\"", "\"video_id\"", "\"task_id\"", "202 Accepted", "event: processed", "\"votes\":1", "304 Not Modified",
        ]
        for sign in signs {
            #expect(ending.standardOutput.contains(sign), "\(sign) is not in\n\(ending.standardOutput)")
        }
        let video = try Data(contentsOf: folder.appendingPathComponent("720p.mp4"))
        #expect(video.dropFirst(4).starts(with: Data("ftyp".utf8)), "720p.mp4 is no MP4")
    }
}
