import ANBCore
import ANBTesting
import Foundation
import HTTPTypes
import NIOCore
import Testing

@testable import ANBHTTP

/// SQL, header lines, log lines, paths and HTML in every place of every registered route that takes text: whatever it is, it is
/// text or a clear refusal. On SQLite, so that text meets SQL.
@Suite(.timeLimit(.minutes(2))) struct InjectionTests {
    private static let texts = [
        "' OR '1'='1", "'; DROP TABLE users; --", "\" OR 1=1 --", "?1", "a\r\nSet-Cookie: x=1", "a\nERROR forged line",
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "../../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "%00",
        "a\u{0}b", "${jndi:ldap://x}", "{{7*7}}", "%s%n%x", "\u{202E}gpj", "1; SELECT pg_sleep(5)",
        "' UNION SELECT password_hash FROM users --",
        String(repeating: "x", count: 5000),
    ]

    @Test func noPlaceInAPathTakesMoreThanAnID() async throws {
        try await expectHarmless { stage, person, route in
            let places = route.path.split(separator: "/").filter { $0.hasPrefix(":") || $0 == "**" }
            return places.flatMap { place in
                Self.texts.map { text in
                    let escaped = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                    return Attempt(path: route.path.replacing(place, with: escaped))
                }
            }
        }
    }

    @Test func noParameterOfAQueryIsMoreThanText() async throws {
        try await expectHarmless { stage, person, route in
            (route.operation?.parameters ?? []).filter { $0.place == .query }.flatMap { parameter in
                Self.texts.map { text in
                    let escaped = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                    return Attempt(path: "\(Self.plain(route.path))?\(parameter.name)=\(escaped)")
                }
            }
        }
    }

    @Test func noFieldOfABodyIsMoreThanText() async throws {
        try await expectHarmless { stage, person, route in
            try (route.operation?.bodies ?? []).filter { $0.mediaType == "application/json" }.flatMap { body in
                guard case .object(let members) = body.shape.example else { return [Attempt]() }
                return try members.keys.sorted().flatMap { name in
                    try Self.texts.map { text in
                        let body = try JSONEncoder().encode(JSONValue.object(members.merging([name: .string(text)]) { $1 }))
                        return Attempt(path: Self.plain(route.path), body: ByteBuffer(bytes: body))
                    }
                }
            }
        }
    }

    @Test func noHeaderIsMoreThanText() async throws {
        let names = [
            "x-correlation-id", "idempotency-key", "last-event-id", "if-none-match", "upload-metadata", "upload-checksum",
            "x-forwarded-for", "range", "user-agent", "authorization",
        ]
        try await expectHarmless { stage, person, route in
            names.flatMap { name in
                Self.texts.filter { $0.utf8.allSatisfy { $0 >= 0x20 } && $0.utf8.count < 1000 }.map { text in
                    Attempt(path: Self.plain(route.path), header: (name, text))
                }
            }
        }
    }

    /// Names that are SQL and HTML come back letter by letter, to whoever may see them.
    @Test func textIsStoredAsItIs() async throws {
        for text in Self.texts.filter({
            $0.count <= 100 && $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x202E }
        }) {
            try await withStage(.disk) { stage in
                let name = try #require(String(data: try JSONEncoder().encode(text), encoding: .utf8))
                let body =
                    #"{"first_name":\#(name),"last_name":\#(name),"city":\#(name),"country":\#(name),"email":"ana@example.com","#
                    + #""password1":"\#(Stage.password)","password2":"\#(Stage.password)"}"#
                let signedUp = try await stage.post("/api/auth/signup", json: body)
                #expect(signedUp.status == 201, "\(signedUp.text)")
                let ana = try await stage.logIn("ana@example.com")
                let me = try await stage.get("/api/auth/me", as: ana)
                for field in ["first_name", "last_name", "city", "country"] { #expect(try me.string(field) == text) }
                let id = try await stage.publishedVideo(of: ana, title: text)
                let list = try await stage.get(
                    "/api/public/videos?city=\(text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")")
                #expect(try list.list.map { $0["title"] as? String } == [text])
                #expect(list["content-type"] == "application/json")
                #expect(list["x-content-type-options"] == "nosniff")
                let page = try await stage.get("/videos/\(id)")
                #expect(!page.text.contains("<script>alert") && !page.text.contains("<img src=x"), "\(text)")
            }
        }
    }

    // MARK: - Attempts

    private struct Attempt {
        var path: String
        var body: ByteBuffer?
        var header: (String, String)?
    }

    private static func plain(_ path: String) -> String {
        path.replacing("**", with: "x").replacing(/:[a-z]+/, with: "00000000-0000-4000-8000-000000000000")
    }

    /// Sends what is made for each route, and checks that nothing but a proper answer comes of it.
    private func expectHarmless(
        _ attempts: @Sendable @escaping (Stage, Person, Route) throws -> [Attempt]
    ) async throws {
        try await withStage(.disk) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let admin = try await stage.signUp("admin@example.com")
            try await stage.grant(.admin, admin)
            var count = 0
            for route in stage.routes.all where route.operation != nil || route.path.contains(":") || route.path.contains("**") {
                // Its own attempts end the session or the account that the others need.
                let person = route.path.hasSuffix("logout") ? try await stage.logIn("ana@example.com") : admin
                for attempt in try attempts(stage, person, route) {
                    let answer = try await Self.send(attempt, route, as: person, stage)
                    #expect(answer.status < 500, "\(route.method) \(attempt): \(answer.text)")
                    #expect(
                        answer["set-cookie"] == nil && !(answer["content-type"] ?? "").hasPrefix("text/html")
                            || route.path.hasPrefix("/videos"))
                    #expect(!answer.text.contains("argon2") && !answer.text.contains("root:"))
                    count += 1
                }
            }
            #expect(count > 50)
            // Nothing was dropped, nobody was added or changed.
            let (users, first) = try await stage.contest.backends.database.read {
                (try $0.users(with: .admin, page: Page()).count, try $0.user(email: ana.email)?.firstName)
            }
            #expect(users == 1 && first == "Ana")
        }
    }

    private static func send(_ attempt: Attempt, _ route: Route, as person: Person, _ stage: Stage) async throws -> Answer {
        var headers: HTTPFields = [:]
        if let (name, text) = attempt.header { headers[try #require(HTTPField.Name(name))] = text }
        if route.path.hasPrefix(Stage.tusPath) { headers[.tusResumable] = Tus.version }
        return try await stage.send(
            route.method, attempt.path,
            token: headers[.authorization] == nil && route.access.needsToken ? person.accessToken : nil,
            type: attempt.body == nil ? nil : "application/json", headers: headers, body: attempt.body)
    }
}
