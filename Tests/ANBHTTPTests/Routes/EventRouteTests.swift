import ANBCore
import ANBTesting
import HTTPTypes
import Testing

@testable import ANBHTTP

@Suite(.timeLimit(.minutes(1))) struct EventRouteTests {
    private static let lastEventID = HTTPField.Name("last-event-id") ?? .accept

    @Test(arguments: Backing.allCases) func theStreamTellsTheStagesAndEndsWithTheVideo(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.uploadedVideo(of: ana)
            async let answer = stage.get("/api/videos/\(id)/events", as: ana)
            try await stage.clock.waitForSleepers(1)
            try await stage.publish(id)
            stage.clock.advance(by: .seconds(1))
            let stream = try await answer
            #expect(stream.status == 200)
            #expect(stream["content-type"] == "text/event-stream")
            let events = stream.text.split(separator: "\n\n")
            #expect(events.count == 2, "\(stream.text)")
            #expect(events.first?.hasPrefix("id: 0-queued-0-1\nevent: progress\ndata: {") == true)
            #expect(events.last?.contains("event: processed\n") == true)
            #expect(events.last?.contains(#""progress":100"#) == true)
        }
    }

    @Test func whatWasSeenIsNotToldAgain() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.uploadedVideo(of: ana)
            async let answer = stage.get("/api/videos/\(id)/events", as: ana, headers: [Self.lastEventID: "0-queued-0-1"])
            try await stage.clock.waitForSleepers(1)
            try await stage.publish(id)
            stage.clock.advance(by: .seconds(1))
            let last = try await answer.text
            #expect(last.split(separator: "\n\n").count == 1)
            let end = try #require(last.firstMatch(of: /id: (.+)\nevent: processed/)).output.1
            let again = try await stage.get("/api/videos/\(id)/events", as: ana, headers: [Self.lastEventID: String(end)])
            #expect(again.status == 204)
        }
    }

    @Test func aSilentStreamShowsThatItLives() async throws {
        try await withStage(.memory, { $0.http.limits.eventStreamSecondsMax = 12 }) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.uploadedVideo(of: ana)
            async let answer = stage.get("/api/videos/\(id)/events", as: ana)
            for _ in 0..<2 {
                try await stage.clock.waitForSleepers(1)
                stage.clock.advance(by: .seconds(10))
            }
            #expect(try await answer.text.hasSuffix("\n\n:\n\n:\n\n"))
        }
    }

    @Test func onlyTheOwnerMayFollow() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let bob = try await stage.signUp("bob@example.com")
            let id = try await stage.uploadedVideo(of: ana)
            try await stage.get("/api/videos/\(id)/events", as: bob).problem(403, code: "forbidden")
            try await stage.get("/api/videos/\(id)/events").problem(401)
            try await stage.get("/api/videos/00000000-0000-4000-8000-000000000000/events", as: bob).problem(404)
        }
    }

    @Test func onePersonCannotTakeEveryStream() async throws {
        try await withStage(.memory, { $0.http.limits.eventStreamsPerUserMax = 1 }) { stage in
            let (ana, eva) = (try await stage.signUp("ana@example.com"), try await stage.signUp("eva@example.com"))
            let (id, other) = (try await stage.uploadedVideo(of: ana), try await stage.uploadedVideo(of: eva))
            async let first = stage.get("/api/videos/\(id)/events", as: ana)
            try await stage.clock.waitForSleepers(1)
            try (try await stage.get("/api/videos/\(id)/events", as: ana)).problem(503, code: "overloaded")
            async let theirs = stage.get("/api/videos/\(other)/events", as: eva)
            try await stage.clock.waitForSleepers(2)
            for video in [id, other] { try await stage.publish(video) }
            stage.clock.advance(by: .seconds(1))
            #expect(try await first.status == 200)
            #expect(try await theirs.status == 200)
        }
    }

    @Test func beyondTheLimitStreamsAreRefused() async throws {
        try await withStage(.memory, { $0.http.limits.eventStreamsMax = 1 }) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.uploadedVideo(of: ana)
            async let first = stage.get("/api/videos/\(id)/events", as: ana)
            try await stage.clock.waitForSleepers(1)
            let second = try await stage.get("/api/videos/\(id)/events", as: ana)
            try second.problem(503, code: "overloaded")
            #expect(second["retry-after"] == "10")
            try await stage.publish(id)
            stage.clock.advance(by: .seconds(1))
            _ = try await first
            #expect(try await stage.get("/api/videos/\(id)/events", as: ana).status == 200)
        }
    }
}
