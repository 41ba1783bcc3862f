import ANBCore
import ANBTesting
import HTTPTypes
import NIOCore
import Testing

@testable import ANBHTTP

@Suite struct AccountClosingRouteTests {
    private func close(_ stage: Stage, _ person: Person, _ body: String) async throws -> Answer {
        try await stage.send(.delete, "/api/auth/me", as: person, type: "application/json", body: ByteBuffer(string: body))
    }

    @Test(arguments: Backing.allCases) func anAccountIsClosedWithItsPassword(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.publishedVideo(of: ana)
            try await close(stage, ana, #"{"password":"wrong"}"#).problem(403, code: "forbidden")
            try await close(stage, ana, "{}").problem(400)
            #expect(try await stage.get("/api/public/videos/\(id)").status == 200)
            #expect(try await close(stage, ana, #"{"password":"\#(Stage.password)"}"#).status == 200)
            try await stage.get("/api/auth/me", as: ana).problem(401)
            try await stage.get("/api/public/videos/\(id)").problem(404)
            let login = #"{"email":"ana@example.com","password":"\#(Stage.password)"}"#
            try await stage.post("/api/auth/login", json: login).problem(401)
            _ = try await stage.signUp("ana@example.com")
        }
    }

    @Test(arguments: Backing.allCases) func theExportHasAllOfOneself(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let (ana, bob) = (
                try await stage.signUp("ana@example.com"), try await stage.signUp("bob@example.com", firstName: "Bob")
            )
            let (mine, theirs) = (try await stage.uploadedVideo(of: ana, title: "Mine"), try await stage.publishedVideo(of: bob))
            #expect(try await stage.send(.post, "/api/public/videos/\(theirs)/vote", as: ana).status == 200)
            #expect(try await stage.send(.delete, "/api/public/videos/\(theirs)/vote", as: ana).status == 200)
            let answer = try await stage.get("/api/auth/me/export", as: ana)
            #expect(answer.status == 200 && answer["cache-control"] == "no-store")
            let object = try answer.object
            #expect((object["account"] as? [String: Any])?["email"] as? String == "ana@example.com")
            #expect((object["sessions"] as? [[String: Any]])?.map { $0["is_current"] as? Bool } == [true])
            let videos = object["videos"] as? [[String: Any]]
            #expect(videos?.map { $0["video_id"] as? String } == [mine.description])
            #expect((object["votes"] as? [[String: Any]])?.map { $0["event"] as? String } == ["cast", "retracted"])
            for foreign in ["bob@", "Bob", ana.refreshToken, "hash"] { #expect(!answer.text.contains(foreign), "\(foreign)") }
        }
    }
}
