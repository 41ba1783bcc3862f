import ANBCore
import ANBTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import ANBHTTP

@Suite struct EdgeTests {
    @Test func anUnknownPathIsAProblem() async throws {
        try await withStage { stage in
            for path in ["/nothing", "/api", "/api/videos/1/2/3", "/media", "/%00", "/api/public/videos/1/votes"] {
                try await stage.get(path).problem(404, code: "not_found")
            }
        }
    }

    @Test func aWrongMethodNamesTheRightOnes() async throws {
        try await withStage { stage in
            let answer = try await stage.send(.put, "/api/auth/me")
            try answer.problem(405, code: "method_not_allowed")
            #expect(answer["allow"] == "DELETE, GET, HEAD, PATCH")
            #expect(try await stage.get("/api/videos/upload")["allow"] == "POST")
        }
    }

    @Test func theCorrelationIDIsEchoedOrMade() async throws {
        try await withStage { stage in
            #expect(try await stage.get("/health", headers: [.correlationID: "abc-1"])["x-correlation-id"] == "abc-1")
            #expect(try await stage.get("/nothing", headers: [.correlationID: "abc-2"])["x-correlation-id"] == "abc-2")
            let made = try #require(try await stage.get("/health")["x-correlation-id"])
            #expect(try await stage.get("/health")["x-correlation-id"] != made)
            for bad in ["", "a b", "ñ", String(repeating: "x", count: 129)] {
                let id = try #require(try await stage.get("/health", headers: [.correlationID: bad])["x-correlation-id"])
                #expect(id != bad && !id.isEmpty)
            }
        }
    }

    @Test(arguments: ["/health", "/nothing", "/api/videos"]) func everyAnswerHasTheSecurityHeaders(path: String) async throws {
        try await withStage { stage in
            let answer = try await stage.get(path)
            #expect(answer["x-content-type-options"] == "nosniff")
            #expect(answer["referrer-policy"] == "no-referrer")
            #expect(answer["content-security-policy"]?.contains("default-src 'none'") == true)
            #expect(answer["cache-control"] == "no-store")
        }
    }

    @Test func noPageOfAnotherSiteMayReadUnlessAllowed() async throws {
        let headers: HTTPFields = [.origin: "https://other.example", .accessControlRequestMethod: "POST"]
        try await withStage { stage in
            try await stage.send(.options, "/api/auth/login", headers: headers).problem(405)
            #expect(try await stage.get("/health", headers: headers)["access-control-allow-origin"] == nil)
        }
        let origins = try CrossOrigins("https://anb.example.com, http://localhost:5173")
        try await withStage(.memory) {
            $0.http.crossOrigins = origins
        } _: { stage in
            #expect(try await stage.send(.options, "/api/auth/login", headers: headers).status == 405)
            let refused = try await stage.get("/health", headers: headers)
            #expect(refused["access-control-allow-origin"] == nil && refused["vary"] == "Origin")
        }
    }

    @Test(arguments: [
        ("*", "*"), ("https://anb.example.com, http://localhost:5173", "http://localhost:5173"),
    ]) func aPageThatIsAllowedMayCallAndReadRefusalsToo(allowed: String, told: String) async throws {
        let origins = try CrossOrigins(allowed)
        try await withStage(.memory) {
            $0.http.crossOrigins = origins
        } _: { stage in
            let origin: HTTPFields = [.origin: "http://localhost:5173"]
            var asked = origin
            asked[.accessControlRequestMethod] = "POST"
            asked[.accessControlRequestHeaders] = "authorization,content-type"
            let permission = try await stage.send(.options, "/api/videos/upload", headers: asked)
            #expect(permission.status == 204 && permission["access-control-allow-origin"] == told)
            #expect(permission["access-control-allow-headers"] == "authorization,content-type")
            #expect(permission["access-control-allow-methods"]?.contains("POST") == true)
            for (path, status) in [("/health", 200), ("/api/videos", 401), ("/nothing", 404)] {
                let answer = try await stage.get(path, headers: origin)
                #expect(answer.status == status && answer["access-control-allow-origin"] == told)
                #expect(answer["access-control-expose-headers"]?.contains("x-total-count") == true)
                #expect(answer["access-control-allow-credentials"] == nil)
            }
        }
    }

    @Test(arguments: [
        "anb.example.com", "https://a.example/", "https://a.example/x", "https://*", "*, https://a.example", "ftp://a",
    ])
    func whatIsNoOriginIsRefused(text: String) async throws {
        try await expectError(.misconfigured) { try CrossOrigins(text) }
    }

    @Test func headAnswersLikeGet() async throws {
        try await withStage { stage in
            let answer = try await stage.send(.head, "/api/health")
            #expect(answer.status == 200)
            #expect(answer.text == "")
        }
    }

    @Test(arguments: [
        (ANBError.Code.invalidRequest, 400), (.conflict, 400), (.mediaRejected, 400), (.unauthenticated, 401),
        (.forbidden, 403), (.notFound, 404), (.inProgress, 409), (.tooLarge, 413), (.idempotencyMismatch, 422),
        (.rateLimited, 429),
        (.overloaded, 503), (.unavailable, 503), (.mediaFailed, 503), (.preconditionFailed, 500), (.staleFence, 500),
        (.corrupted, 500), (.misconfigured, 500), (.internal, 500), (ANBError.Code(rawValue: "new"), 500),
    ]) func everyCodeHasItsStatus(code: ANBError.Code, status: Int) {
        let problem = Problem(ANBError(code, "For the user.", operatorMessage: "For us."))
        #expect(problem.status == status)
        #expect((problem.detail == "For the user.") == (status != 500))
        #expect((problem.retryAfterSeconds != nil) == (status == 503))
    }

    @Test func aRateLimitSaysWhenToComeBack() {
        let problem = Problem(ANBError(.rateLimited, "Slow down.", recovery: .retryLater(after: .milliseconds(61_200))))
        #expect(problem.retryAfterSeconds == 62)
    }

    /// Any Hummingbird application can take the routes in beside its own.
    @Test func theRoutesMountInAnotherApplication() async throws {
        try await withStage { stage in
            let router = Router()
            router.get("/own") { _, _ in "own" }
            stage.routes.add(to: router)
            try await Application(router: router).test(.router) { client in
                func get(_ path: String) async throws -> Answer {
                    Answer(try await client.executeRequest(uri: path, method: .get, headers: [:], body: nil))
                }
                let own = try await get("/own")
                #expect(own.text == "own")
                #expect(own["x-correlation-id"] == nil)
                #expect(try await get("/api/public/videos").text == "[]")
                try await get("/api/videos").problem(401)
            }
        }
    }
}
