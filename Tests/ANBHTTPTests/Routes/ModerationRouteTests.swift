import ANBCore
import ANBTesting
import HTTPTypes
import NIOCore
import Testing

@testable import ANBHTTP

@Suite struct ModerationRouteTests {
    private func withModeratedStage(
        _ backing: Backing, _ body: @Sendable @escaping (Stage, _ player: Person, _ moderator: Person) async throws -> Void
    ) async throws {
        try await withStage(backing) {
            $0.rules.isModerated = true
        } _: { stage in
            let player = try await stage.signUp("ana@example.com")
            let moderator = try await stage.signUp("mo@example.com", firstName: "Mo")
            try await stage.grant(.moderator, moderator)
            try await body(stage, player, moderator)
        }
    }

    @Test(arguments: Backing.allCases) func aFinishedVideoWaitsUntilAModeratorPublishesIt(backing: Backing) async throws {
        try await withModeratedStage(backing) { stage, player, moderator in
            let id = try await stage.submittedVideo(of: player)
            #expect(try await stage.get("/api/videos/\(id)", as: player).string("status") == "pending_review")
            #expect(try await stage.get("/api/public/videos").list.isEmpty)
            try await stage.get("/api/public/videos/\(id)").problem(404)
            let waiting = try await stage.get("/api/moderation/videos", as: moderator)
            #expect(waiting["x-total-count"] == "1")
            let entry = try #require(try waiting.list.first)
            #expect(entry["video_id"] as? String == id.description && entry["player_name"] as? String == "Ana Gómez")
            #expect((entry["processed_url"] as? String)?.contains("720p.mp4") == true)

            let path = "/api/moderation/videos/\(id)/publish"
            let decided = try await stage.post(path, as: moderator, json: #"{"reason":""}"#)
            #expect(try decided.string("status") == "processed")
            #expect(try await stage.get("/api/public/videos").list.count == 1)
            #expect(try await stage.get("/api/moderation/videos", as: moderator).list.isEmpty)
            try await stage.post(path, as: moderator, json: "{}").problem(400, code: "conflict")
            #expect(try await stage.auditActions() == ["video_published"])
        }
    }

    @Test(arguments: Backing.allCases) func aRejectedVideoTellsItsPlayerWhy(backing: Backing) async throws {
        try await withModeratedStage(backing) { stage, player, moderator in
            let id = try await stage.submittedVideo(of: player)
            let path = "/api/moderation/videos/\(id)/reject"
            for body in ["{}", #"{"reason":" "}"#, #"{"reason":"a\u0000b"}"#, #"{"reason":1}"#] {
                try await stage.post(path, as: moderator, json: body).problem(400, code: "invalid_request")
            }
            let (long, longer) = (String(repeating: "x", count: 500), String(repeating: "x", count: 501))
            try await stage.post(path, as: moderator, json: #"{"reason":"\#(longer)"}"#).problem(400)
            #expect(try await stage.post(path, as: moderator, json: #"{"reason":"\#(long)"}"#).status == 200)
            let mine = try await stage.get("/api/videos/\(id)", as: player)
            #expect(try mine.string("status") == "rejected")
            #expect(try mine.string("error") == long)
            #expect(try await stage.get("/api/public/videos").list.isEmpty)
            #expect(try await stage.send(.delete, "/api/videos/\(id)", as: player).status == 200)
        }
    }

    @Test func onlyModeratorsAndAdminsDecide() async throws {
        try await withModeratedStage(.memory) { stage, player, moderator in
            let id = try await stage.submittedVideo(of: player)
            let path = "/api/moderation/videos/\(id)/publish"
            try await stage.post(path, json: "{}").problem(401)
            try await stage.post(path, as: player, json: "{}").problem(403, code: "forbidden")
            try await stage.get("/api/moderation/videos", as: player).problem(403, code: "forbidden")
            let jury = try await stage.signUp("ju@example.com")
            try await stage.grant(.jury, jury)
            try await stage.get("/api/moderation/videos", as: jury).problem(403)
            let admin = try await stage.signUp("ad@example.com")
            try await stage.grant(.admin, admin)
            #expect(try await stage.get("/api/moderation/videos", as: admin).status == 200)
            try await stage.post("/api/moderation/videos/\(SystemIDs().uuid())/publish", as: moderator, json: "{}").problem(404)
        }
    }

    @Test func nobodyDecidesOnTheirOwnVideo() async throws {
        try await withModeratedStage(.memory) { stage, _, moderator in
            let id = try await stage.submittedVideo(of: moderator)
            try await stage.post("/api/moderation/videos/\(id)/publish", as: moderator, json: "{}").problem(403)
        }
    }

    /// The token says nothing of it: the server asks the database, every five seconds at least; a decision asks again.
    @Test func aRoleTakenAwayIsGoneWithinFiveSeconds() async throws {
        try await withModeratedStage(.memory) { stage, player, moderator in
            let id = try await stage.submittedVideo(of: player)
            #expect(try await stage.get("/api/moderation/videos", as: moderator).status == 200)
            try await stage.revoke(.moderator, moderator)
            try await stage.post("/api/moderation/videos/\(id)/publish", as: moderator, json: "{}").problem(403)
            stage.clock.advance(by: .seconds(5))
            try await stage.get("/api/moderation/videos", as: moderator).problem(403)
        }
    }

    @Test func aRoleInTheTokenAloneIsWorthNothing() async throws {
        try await withModeratedStage(.memory) { stage, player, _ in
            var user = try #require(try await stage.contest.backends.database.read { try $0.user(player.id) })
            user.roles = [.player, .admin]
            let session = try await stage.tokens.verify(player.accessToken).sessionID
            let token = try await stage.tokens.issue(user, sessionID: session)
            try await stage.send(.get, "/api/moderation/videos", token: token).problem(403)
        }
    }

    @Test func withoutModerationVideosArePublishedAtOnce() async throws {
        try await withStage { stage in
            #expect(!stage.contest.rules.isModerated)
            let moderator = try await stage.signUp("mo@example.com")
            try await stage.grant(.moderator, moderator)
            #expect(try await stage.get("/api/moderation/videos", as: moderator).list.isEmpty)
        }
    }
}

extension Stage {
    private func roles() -> Roles { Roles(database: contest.backends.database, clock: clock, ids: contest.backends.ids) }

    func grant(_ role: User.Role, _ person: Person) async throws {
        _ = try await roles().grant(role, to: person.email)
    }

    fileprivate func revoke(_ role: User.Role, _ person: Person) async throws {
        _ = try await roles().revoke(role, from: person.email)
    }

    /// Uploaded, made, and waiting for a decision.
    fileprivate func submittedVideo(of person: Person) async throws -> VideoID {
        let id = try await uploadedVideo(of: person)
        let (publication, now) = (try await storedPublication(of: id), clock.now)
        #expect(try await contest.backends.database.withTransaction { try $0.submitForReview(id, publication, at: now) })
        return id
    }

    /// Moderators' decisions in the audit log.
    fileprivate func auditActions() async throws -> [String] {
        try await contest.audit.seal()
        return try await contest.audit.entries(after: 0, limit: 100).map(\.event.action.rawValue)
            .filter { $0.hasPrefix("video_") }
    }
}
