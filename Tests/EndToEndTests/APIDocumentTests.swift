import ANBTesting
import Foundation
import Testing

/// The server against its own document, by a program that knows nothing of us: no server error, no undocumented status
/// code, no body that its schema does not allow; with a token and without.
@Suite(.serialized) struct APIDocumentTests {
    @Test(.timeLimit(.minutes(10))) func theServerKeepsToItsDocument() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-document-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try ServerProcess(folder: folder, settings: ["LOG_LEVEL": "warning"])
        defer { server.kill() }
        try await server.start()
        var client = ContestClient(baseURL: server.baseURL)
        try await client.signUp("ana")
        let video = try await client.upload(CrashTests.clip(), title: "Gol", idempotencyKey: "one")
        let begun = try await client.beginUpload(byteCount: 1000, title: "Gol")
        let known = ["--video-id", video.video_id, "--task-id", video.task_id, "--upload-id", begun]
        for credentials in [["--token", client.token], []] {
            let ending = try await Command.run(
                ["/usr/bin/env", "python3", Self.script, server.baseURL] + known + credentials)
            #expect(ending.code == 0, "\(ending.standardOutput.suffix(8000))\(ending.standardError.suffix(2000))")
            #expect(ending.standardOutput.contains(" generated, "), "nothing was tried")
        }
        #expect(!server.log.contains(" error "), "\(server.log.suffix(2000))")
    }

    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../Scripts/check-api.py").standardizedFileURL.path
}
