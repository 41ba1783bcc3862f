import ANBTesting
import Foundation
import Testing

/// A whole life of an account with every log line on: no line tells of the person or lets anybody in.
@Suite(.timeLimit(.minutes(4))) struct LogPrivacyTests {
    private struct Tokens: Decodable {
        var access_token: String
        var refresh_token: String
    }

    private struct Detail: Decodable {
        var status: String
        var original_url: String
        var processed_url: String?
    }

    @Test func noLineHasAnythingPersonal() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-privacy-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try ServerProcess(folder: folder, settings: ["LOG_LEVEL": "trace", "MODERATION": "false"])
        defer { server.kill() }
        try await server.start()
        var client = ContestClient(baseURL: server.baseURL)
        try await client.signUp("Xochiquetzal")
        let login = ["email": "xochiquetzal@example.com", "password": "a-Long-passw0rd"]
        let signedIn = try await client.send("POST", "/api/auth/login", json: login, expecting: 200)
        let tokens = try JSONDecoder().decode(Tokens.self, from: signedIn)
        _ = try await client.send(
            "POST", "/api/auth/login", json: login.merging(["password": "Wr0ng-passw0rd"]) { $1 }, expecting: 401)
        _ = try await client.send("POST", "/api/auth/login", json: ["email": "xochiquetzal@example.com"], expecting: 400)
        _ = try await client.send("POST", "/api/auth/refresh", json: ["refresh_token": tokens.refresh_token], expecting: 200)
        _ = try await client.send("PATCH", "/api/auth/me", json: ["first_name": "Xochi\u{0}"], expecting: 400)
        _ = try await client.send("PATCH", "/api/auth/me", json: ["city": "Tzintzuntzan"], expecting: 200)

        let accepted = try await client.upload(CrashTests.clip(), title: "Quetzalcoatlus", idempotencyKey: "k")
        let path = "/api/videos/\(accepted.video_id)"
        var detail = try JSONDecoder().decode(Detail.self, from: try await client.send("GET", path, expecting: 200))
        let deadline = ContinuousClock.now + .seconds(90)
        while detail.status != "processed" {
            try expect(ContinuousClock.now < deadline && detail.status != "failed", "\(detail)")
            try await Task.sleep(for: .milliseconds(200))
            detail = try JSONDecoder().decode(Detail.self, from: try await client.send("GET", path, expecting: 200))
        }
        let urls = [detail.original_url, try #require(detail.processed_url)]
        let stranger = ContestClient(baseURL: "")
        for url in urls { _ = try await stranger.send("GET", url, expecting: 200) }
        _ = try await stranger.send("GET", urls[0] + "0", expecting: 403)
        _ = try await client.send("POST", "/api/public/videos/\(accepted.video_id)/vote", expecting: 400)
        _ = try await client.send("DELETE", "/api/auth/me", json: ["password": "Wr0ng-passw0rd"], expecting: 403)
        _ = try await client.send("DELETE", "/api/auth/me", json: ["password": "a-Long-passw0rd"], expecting: 200)
        #expect(server.terminate() == 0)

        let log = server.log
        #expect(log.contains("/api/auth/login") && log.contains(accepted.video_id), "the log was written")
        let signatures = urls.compactMap { URLComponents(string: $0)?.queryItems }.joined().compactMap(\.value).filter {
            $0.count > 15
        }
        #expect(!signatures.isEmpty)
        let personal =
            ["xochi", "tzintzuntzan", "quetzalcoatl", "@example", "a-long-passw0rd", "wr0ng-passw0rd", "argon2"]
            + [tokens.access_token, tokens.refresh_token, client.token].map { $0.lowercased() }
            + signatures.map { $0.lowercased() }
        for line in log.split(separator: "\n") {
            let lowercased = line.lowercased()
            for word in personal where lowercased.contains(word) { Issue.record("\(word.prefix(20)) is in: \(line.prefix(500))") }
        }
    }
}
