import ANBCore
import ANBTesting
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import ANBHTTP

@Suite struct MediaRouteTests {
    private static let content = "fake 720p.mp4"

    @Test(arguments: Backing.allCases) func aSignedURLServesTheObject(backing: Backing) async throws {
        try await withVideo(backing) { stage, path in
            let answer = try await stage.get(path)
            #expect(answer.status == 200)
            #expect(answer.text == Self.content)
            #expect(answer["content-type"] == "video/mp4")
            #expect(answer["content-length"] == "13")
            #expect(answer["accept-ranges"] == "bytes")
            #expect(answer["x-content-type-options"] == "nosniff")
            #expect(answer["cache-control"]?.contains("private") == true)
        }
    }

    @Test(arguments: Backing.allCases) func rangesServeParts(backing: Backing) async throws {
        try await withVideo(backing) { stage, path in
            for (range, text, place) in [
                ("bytes=0-3", "fake", "bytes 0-3/13"), ("bytes=5-", "720p.mp4", "bytes 5-12/13"),
                ("bytes=-3", "mp4", "bytes 10-12/13"), ("bytes=0-999", Self.content, "bytes 0-12/13"),
            ] {
                let answer = try await stage.get(path, headers: [.range: range])
                #expect(answer.status == 206)
                #expect(answer.text == text)
                #expect(answer["content-range"] == place)
                #expect(answer["content-length"] == String(text.utf8.count))
            }
            let beyond = try await stage.get(path, headers: [.range: "bytes=13-"])
            try beyond.problem(416)
            #expect(beyond["content-range"] == "bytes */13")
            #expect(try await stage.get(path, headers: [.range: "bytes=5-3"]).status == 200)
        }
    }

    @Test func aRangeOfAnotherVersionIsEverything() async throws {
        try await withVideo { stage, path in
            let tag = try #require(try await stage.get(path)["etag"])
            #expect(try await stage.get(path, headers: [.range: "bytes=0-0", .ifRange: tag]).status == 206)
            #expect(try await stage.get(path, headers: [.range: "bytes=0-0", .ifRange: "\"other\""]).status == 200)
            let unchanged = try await stage.get(path, headers: [.ifNoneMatch: "W/\"x\", \(tag)"])
            #expect(unchanged.status == 304)
            #expect(unchanged.text == "")
            #expect(try await stage.get(path, headers: [.ifNoneMatch: "\"x\""]).status == 200)
        }
    }

    @Test(arguments: [false, true]) func headHasTheHeadersOnly(live: Bool) async throws {
        try await withVideo(live: live) { stage, path in
            let answer = try await stage.send(.head, path)
            #expect(answer.status == 200)
            #expect(answer["content-length"] == "13")
            #expect(answer["etag"] == (try await stage.get(path)["etag"]))
            #expect(answer.text == "")
        }
    }

    @Test func whatIsNotSignedIsNotServed() async throws {
        try await withVideo { stage, path in
            let bare = String(path.prefix { $0 != "?" })
            let flipped = path.dropLast() + (path.hasSuffix("0") ? "1" : "0")
            let longer = path.replacing(/expires=(\d+)/) { "expires=\($0.output.1)0" }
            for bad in [bare, String(flipped), longer, path.replacing("720p", with: "480p"), "\(bare)?expires=x&signature=y"] {
                try await stage.get(bad).problem(403, code: "forbidden")
            }
            for missing in ["/media/", "/media/../etc/passwd?expires=1&signature=x", "/media/%2e%2e/x?expires=1&signature=x"] {
                try await stage.get(missing).problem(404)
            }
            stage.clock.advance(by: .seconds(3601))
            try await stage.get(path).problem(403)
            try await stage.send(.post, path).problem(405)
        }
    }

    @Test func aSignedURLOfARemovedObjectIsNotFound() async throws {
        try await withVideo { stage, path in
            let objects = stage.contest.backends.objects
            try await objects.deleteAll(prefix: "processed/")
            try await stage.get(path).problem(404, code: "not_found")
        }
    }

    @Test func theOwnServersAddressIsUsedWhenItIsKnown() async throws {
        try await withStage(.memory) {
            $0.http.publicBaseURL = "https://anb.example.com/"
        } _: { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.publishedVideo(of: ana)
            let url = try await stage.get("/api/public/videos/\(id)").string("processed_url")
            #expect(url.hasPrefix("https://anb.example.com/media/processed/"))
        }
    }

    private func withVideo(
        _ backing: Backing = .memory, live: Bool = false, _ body: @Sendable @escaping (Stage, String) async throws -> Void
    ) async throws {
        try await withStage(backing) {
            $0.transport = live ? .live : .router
        } _: { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.publishedVideo(of: ana)
            let url = try await stage.get("/api/public/videos/\(id)").string("processed_url")
            try await body(stage, String(url.dropFirst("http://localhost".count)))
        }
    }
}
