import ANBCore
import ANBStorage
import ANBTesting
import Foundation
import Testing

/// The promise that no accepted upload is lost, checked the hard way: the server is killed at random moments while
/// uploads are accepted and processed, on SQLite and the file system.
@Suite(.serialized) struct CrashTests {
    static let uploads = 20
    static let kills = 20

    @Test(.timeLimit(.minutes(10)))
    func killedTwentyTimesLosesNothing() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-crash-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try ServerProcess(
            folder: folder, settings: ["JOB_LEASE_SECONDS": "3", "ORPHAN_GRACE_SECONDS": "1", "SWEEP_INTERVAL_SECONDS": "2"])
        defer { server.kill() }
        try await server.start()
        var client = ContestClient(baseURL: server.baseURL)
        try await client.signUp("ana")

        let accepted = try await uploadWhileKilling(server, client, clip: try Self.clip())
        let videos = try await processed(by: client)
        #expect(videos.count == Self.uploads, "every upload is there once")
        #expect(Set(videos.map(\.video_id)) == Set(accepted.map(\.video_id)))
        #expect(videos.allSatisfy { $0.status == "processed" }, "\(videos.filter { $0.status != "processed" })")

        #expect(server.terminate() == 0)
        try await Task.sleep(for: .milliseconds(1500))  // orphans are only those older than the grace period
        #expect(try server.run("anb-worker", ["sweep"]) == 0)
        try await Self.checkObjects(of: videos.map(\.video_id), in: folder.appendingPathComponent("objects"))
        #expect(try Self.files(below: folder.appendingPathComponent("scratch")).isEmpty, "nothing is left in scratch")
    }

    /// Uploads until every clip was answered 202, repeating with the same key whatever breaks, while another task
    /// kills and restarts the server.
    private func uploadWhileKilling(
        _ server: ServerProcess, _ client: ContestClient, clip: Data
    ) async throws -> [ContestClient.Accepted] {
        try await withThrowingTaskGroup(of: [ContestClient.Accepted].self) { group in
            for lane in 0..<2 {
                group.addTask { try await Self.uploadLane(lane, clip, client) }
            }
            for _ in 0..<Self.kills {
                try await Task.sleep(for: .milliseconds(.random(in: 300...2500)))
                server.kill()
                try await server.start()
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// Every second clip, spread over the kills, so that they meet uploads and not only processing.
    private static func uploadLane(_ lane: Int, _ clip: Data, _ client: ContestClient) async throws -> [ContestClient.Accepted] {
        var accepted: [ContestClient.Accepted] = []
        for number in stride(from: lane, to: uploads, by: 2) {
            accepted.append(try await uploadUntilAccepted(clip, number: number, client))
            try await Task.sleep(for: .milliseconds(.random(in: 500...2500)))
        }
        return accepted
    }

    private static func uploadUntilAccepted(
        _ clip: Data, number: Int, _ client: ContestClient
    ) async throws -> ContestClient.Accepted {
        let deadline = ContinuousClock.now + .seconds(240)
        var last: (any Error)?
        while ContinuousClock.now < deadline {
            do {
                return try await client.upload(clip, title: "Clip \(number)", idempotencyKey: "key-\(number)")
            } catch {
                last = error
                try await Task.sleep(for: .milliseconds(100))
            }
        }
        throw ConformanceFailure("upload \(number) was never accepted: \(String(describing: last))")
    }

    private func processed(by client: ContestClient) async throws -> [ContestClient.Listed] {
        let deadline = ContinuousClock.now + .seconds(300)
        while ContinuousClock.now < deadline {
            let videos = try await client.videos()
            if videos.allSatisfy({ $0.status == "processed" || $0.status == "failed" }) { return videos }
            try await Task.sleep(for: .milliseconds(200))
        }
        return try await client.videos()
    }

    // MARK: - What must be on disk

    /// Reads the store as a backend would, not by knowing how it names its files.
    private static func checkObjects(of videos: [String], in root: URL) async throws {
        let store = try await FilesystemObjectStore.open(
            root: root.path, signer: try LocalURLSigner(secret: Data(repeating: 1, count: 32)))
        let names = try await store.list(prefix: "", after: nil, limit: 1000).map(\.key.description)
        for video in videos {
            let originals = names.filter { $0.hasPrefix("originals/\(video)/") }
            #expect(originals.count == 1, "one original of \(video): \(originals)")
            let published = names.filter { $0.hasPrefix("processed/\(video)/") }
            for name in ["720p.mp4", "480p.mp4", "thumbnail.jpg", "poster.jpg"] {
                #expect(published.filter { $0.hasSuffix("/\(name)") }.count == 1, "one \(name) of \(video): \(published)")
            }
        }
        #expect(names.count == videos.count * 5, "no object without a row: \(names.count) objects")
    }

    /// Regular files below a folder, lock files aside.
    private static func files(below root: URL) throws -> [String] {
        guard let walk = FileManager.default.enumerator(at: root, includingPropertiesForKeys: [.isRegularFileKey]) else {
            return []
        }
        return try walk.compactMap { $0 as? URL }.filter {
            try $0.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true && !$0.lastPathComponent.contains("lock")
        }.map(\.path)
    }

    /// Two seconds, small: the server is killed while it works, not while ffmpeg does.
    static func clip() throws -> Data {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("anb-crash-clip-\(UUID().uuidString).mp4")
        defer { try? FileManager.default.removeItem(at: file) }
        let ffmpeg = Process()
        ffmpeg.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        ffmpeg.arguments = [
            "ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=30:d=2", "-pix_fmt", "yuv420p",
            file.path,
        ]
        try ffmpeg.run()
        ffmpeg.waitUntilExit()
        try expect(ffmpeg.terminationStatus == 0, "ffmpeg made no clip")
        return try Data(contentsOf: file)
    }
}
