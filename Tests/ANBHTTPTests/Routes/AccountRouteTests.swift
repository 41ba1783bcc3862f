import ANBCore
import ANBTesting
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import ANBHTTP

@Suite struct AccountRouteTests {
    @Test(arguments: Backing.allCases) func signUpAnswersTheAccount(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let answer = try await stage.post("/api/auth/signup", json: Stage.signUpJSON(email: " Ana@Example.COM "))
            #expect(answer.status == 201)
            let object = try answer.object
            #expect(
                Set(object.keys) == [
                    "message", "user_id", "id", "email", "first_name", "last_name", "city", "country", "is_active",
                ])
            #expect(try answer.string("email") == "ana@example.com")
            #expect(try answer.string("id") == answer.string("user_id"))
            #expect(object["is_active"] as? Bool == true)
            #expect(!answer.text.contains("hash") && !answer.text.contains(Stage.password))
        }
    }

    @Test(arguments: Backing.allCases) func aDuplicateEMailIsRefusedInAnyCase(backing: Backing) async throws {
        try await withStage(backing) { stage in
            _ = try await stage.signUp("ana@example.com")
            for email in ["ana@example.com", "ANA@Example.com", " ana@example.com"] {
                try await stage.post("/api/auth/signup", json: Stage.signUpJSON(email: email)).problem(400, code: "conflict")
            }
        }
    }

    @Test(arguments: [
        (Stage.signUpJSON(email: "a@b.co", repeated: "another one 1"), "password2"),
        (Stage.signUpJSON(email: "a@b.co", password: "short1"), "8"),
        (Stage.signUpJSON(email: "a@b.co", password: "12345678"), "letter"),
        (Stage.signUpJSON(email: "a@b.co", password: "Bogota2026!"), "easy to guess"),
        (Stage.signUpJSON(email: "a@b.co", password: String(repeating: "a1", count: 65)), "128"),
        (Stage.signUpJSON(email: "no address"), "email"), (Stage.signUpJSON(email: "a@b.co", firstName: " "), "first_name"),
        (Stage.signUpJSON(email: "a@b.co", city: ""), "city"),
        ("{}", "is missing"), ("[]", "object"), ("{", "JSON"), ("", "JSON"),
        ("null", "not"), (#"{"email":1}"#, ""),
    ]) func aBadSignUpSaysWhatIsWrong(body: String, word: String) async throws {
        try await withStage { stage in
            let detail = try await stage.post("/api/auth/signup", json: body).problem(400, code: "invalid_request")
            #expect(detail.contains(word) || word.isEmpty, "\(detail)")
        }
    }

    @Test func anotherContentTypeIsRefused() async throws {
        try await withStage { stage in
            let body = ByteBuffer(string: Stage.signUpJSON(email: "a@b.co"))
            for type in ["application/xml", "application/x-www-form-urlencoded", "multipart/form-data"] {
                try await stage.send(.post, "/api/auth/signup", type: type, body: body).problem(400)
            }
            for (index, type) in ["application/json; charset=utf-8", "text/plain;charset=UTF-8", "text/json"].enumerated() {
                let body = ByteBuffer(string: Stage.signUpJSON(email: "a\(index)@b.co"))
                #expect(try await stage.send(.post, "/api/auth/signup", type: type, body: body).status == 201)
            }
        }
    }

    @Test func aLargeBodyIsTooLarge() async throws {
        try await withStage { stage in
            let padding = String(repeating: "x", count: 1 << 20)
            let body = #"{"email":"a@b.co","password":"p","padding":"\#(padding)"}"#
            for path in ["/api/auth/login", "/api/auth/signup", "/api/auth/refresh"] {
                let answer = try await stage.post(path, json: body)
                try answer.problem(413, code: "too_large")
                #expect(answer["connection"] == "close")
            }
        }
    }

    @Test(arguments: Backing.allCases) func loginAnswersTokens(backing: Backing) async throws {
        try await withStage(backing) { stage in
            _ = try await stage.signUp("ana@example.com")
            let answer = try await stage.post(
                "/api/auth/login", json: #"{"email":"ANA@example.com","password":"\#(Stage.password)"}"#)
            #expect(answer.status == 200)
            #expect(
                Set(try answer.object.keys) == [
                    "access_token", "token_type", "expires_in", "refresh_token", "refresh_expires_in",
                ])
            #expect(try answer.string("token_type") == "Bearer")
            #expect(try answer.integer("expires_in") == 3600)
            #expect(try answer.integer("refresh_expires_in") == 14 * 24 * 3600)
            #expect(answer["cache-control"] == "no-store")
        }
    }

    @Test func loginTakesTheOAuthForm() async throws {
        try await withStage { stage in
            _ = try await stage.signUp("ana+x@example.com")
            let type = "application/x-www-form-urlencoded"
            let form = ByteBuffer(string: "grant_type=password&username=ana%2Bx%40example.com&password=correct+horse+1")
            #expect(try await stage.send(.post, "/api/auth/login", type: type, body: form).status == 200)
            for bad in ["username=a", "password=b", "", "username=%zz&password=b"] {
                try await stage.send(.post, "/api/auth/login", type: type, body: ByteBuffer(string: bad)).problem(400)
            }
        }
    }

    /// As `curl -d` sends it.
    @Test func jsonUnderTheTypeOfAFormIsToldWhatToSend() async throws {
        try await withStage { stage in
            let body = ByteBuffer(string: #"{"email":"ana@example.com","password":"correct horse 1"}"#)
            let detail = try await stage.send(.post, "/api/auth/login", type: "application/x-www-form-urlencoded", body: body)
                .problem(400, code: "invalid_request")
            #expect(detail == "Send JSON with Content-Type: application/json, or the form fields username and password.")
        }
    }

    @Test(arguments: [("Bearer ", 200), ("bearer  ", 200), ("BEARER   ", 200), ("", 401), ("Token ", 401), ("Bearer x ", 401)])
    func theSchemeOfTheTokenMayBeWrittenInAnyCase(prefix: String, status: Int) async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let answer = try await stage.get("/api/auth/me", headers: [.authorization: prefix + ana.accessToken])
            #expect(answer.status == status)
        }
    }

    @Test func wrongPasswordAndUnknownEMailLookTheSame() async throws {
        try await withStage { stage in
            _ = try await stage.signUp("ana@example.com")
            let wrong = try await stage.post("/api/auth/login", json: #"{"email":"ana@example.com","password":"wrong"}"#)
            let unknown = try await stage.post("/api/auth/login", json: #"{"email":"bob@example.com","password":"wrong"}"#)
            try wrong.problem(401, code: "unauthenticated")
            #expect(wrong.text == unknown.text)
            #expect(wrong["www-authenticate"] == unknown["www-authenticate"])
            #expect(wrong["www-authenticate"]?.hasPrefix("Bearer") == true)
        }
    }

    @Test(arguments: Backing.allCases) func refreshRotatesAndAReusedTokenEndsTheSession(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let person = try await stage.signUp("ana@example.com")
            let first = try await stage.refresh(person.refreshToken)
            #expect(first.status == 200)
            let second = try first.string("refresh_token")
            #expect(second != person.refreshToken)
            stage.clock.advance(by: .seconds(21))
            try await stage.refresh(person.refreshToken).problem(401)
            try await stage.refresh(second).problem(401)
        }
    }

    @Test func aRepeatWithinTheLeewayGetsTheSameSuccessor() async throws {
        try await withStage { stage in
            let person = try await stage.signUp("ana@example.com")
            let first = try await stage.refresh(person.refreshToken)
            let again = try await stage.refresh(person.refreshToken)
            #expect(again.status == 200)
            #expect(try again.string("refresh_token") == first.string("refresh_token"))
            // Another browser with the same token is a thief.
            try await stage.refresh(person.refreshToken, agent: "other").problem(401)
        }
    }

    @Test(arguments: Backing.allCases) func aSessionIsListedAndEndedElsewhere(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let phone = try await stage.signUp("ana@example.com")
            stage.clock.advance(by: .seconds(1))
            let laptop = try await stage.logIn("ana@example.com")
            let list = try await stage.get("/api/auth/sessions", as: laptop).list
            #expect(list.map { $0["is_current"] as? Bool } == [true, false])
            let id = try #require(list.last?["session_id"] as? String)
            let bob = try await stage.signUp("bob@example.com")
            try await stage.send(.delete, "/api/auth/sessions/\(id)", as: bob).problem(404)
            #expect(try await stage.get("/api/auth/me", as: phone).status == 200)
            #expect(try await stage.send(.delete, "/api/auth/sessions/\(id)", as: laptop).status == 200)
            try await stage.get("/api/auth/me", as: phone).problem(401, code: "unauthenticated")
            #expect(try await stage.get("/api/auth/me", as: laptop).status == 200)
            try await stage.send(.delete, "/api/auth/sessions/\(id)", as: laptop).problem(404)
        }
    }

    /// Another server has ended the session: this one notices within five seconds.
    @Test func aTokenOutlivesItsSessionByFiveSecondsAtMost() async throws {
        try await withStage { stage in
            let person = try await stage.signUp("ana@example.com")
            #expect(try await stage.get("/api/auth/me", as: person).status == 200)
            try await stage.contest.accounts.logOut(stage.tokens.verify(person.accessToken))
            stage.clock.advance(by: .seconds(5))
            try await stage.get("/api/auth/me", as: person).problem(401, code: "unauthenticated")
        }
    }

    @Test func aHundredUsesOfOneRefreshTokenLeaveOneSuccessor() async throws {
        try await withStage(.disk) { stage in
            let person = try await stage.signUp("ana@example.com")
            let body = #"{"refresh_token":"\#(person.refreshToken)"}"#
            let tokens = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<100 {
                    group.addTask {
                        let answer = try await stage.post("/api/auth/refresh", json: body)
                        return answer.status == 200 ? try answer.string("refresh_token") : nil
                    }
                }
                return try await group.reduce(into: Set<String>()) { if let token = $1 { $0.insert(token) } }
            }
            #expect(tokens.count == 1)
        }
    }

    @Test func logoutEndsTheRefreshTokens() async throws {
        try await withStage { stage in
            let person = try await stage.signUp("ana@example.com")
            #expect(try await stage.send(.post, "/api/auth/logout", as: person).status == 200)
            try await stage.refresh(person.refreshToken).problem(401)
            try await stage.send(.post, "/api/auth/logout").problem(401)
        }
    }

    @Test(arguments: Backing.allCases) func meCanBeReadAndChanged(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let person = try await stage.signUp("ana@example.com")
            let me = try await stage.get("/api/auth/me", as: person)
            #expect(me.status == 200)
            #expect(try me.string("city") == "Cali")
            let change = ByteBuffer(string: #"{"city":" Bogotá ","email":"other@example.com","roles":["admin"]}"#)
            let changed = try await stage.send(.patch, "/api/auth/me", as: person, type: "application/json", body: change)
            #expect(changed.status == 200)
            #expect(try changed.string("city") == "Bogotá")
            #expect(try changed.string("email") == "ana@example.com")
            #expect(try changed.object["roles"] as? [String] == ["player"])
            let bad = ByteBuffer(string: #"{"city":""}"#)
            try await stage.send(.patch, "/api/auth/me", as: person, type: "application/json", body: bad).problem(400)
            try await stage.get("/api/auth/me").problem(401)
        }
    }

    @Test(arguments: ["/auth", "/auth/api/v1"]) func theSplitServicesPathsAnswerToo(prefix: String) async throws {
        try await withStage { stage in
            #expect(try await stage.post("\(prefix)/signup", json: Stage.signUpJSON(email: "a@b.co")).status == 201)
            let login = try await stage.post("\(prefix)/login", json: #"{"email":"a@b.co","password":"\#(Stage.password)"}"#)
            #expect(login.status == 200)
            #expect(try await stage.send(.get, "\(prefix)/me", token: login.string("access_token")).status == 200)
            #expect(try await stage.get("/auth/api/v1/status").status == 200)
        }
    }

    @Test func onlyTheRoutesOfTheSetAnswer() async throws {
        try await withStage(.memory) {
            $0.http.routes = .auth
        } _: { stage in
            #expect(try await stage.get("/auth/api/v1/status").status == 200)
            try await stage.get("/api/public/videos").problem(404)
            #expect(try await stage.get("/health").status == 200)
        }
        try await withStage(.memory) {
            $0.http.routes = .core
        } _: { stage in
            try await stage.post("/api/auth/login", json: "{}").problem(404)
            #expect(try await stage.get("/api/public/videos").status == 200)
        }
    }

    /// Behind a proxy everybody has one peer: the client is who the proxy says.
    @Test func clientsAreToldApartBehindAProxy() async throws {
        let trusted = try TrustedProxies("127.0.0.1")
        try await withStage(.memory) {
            $0.http.trustedProxies = trusted
            $0.transport = .live
        } _: { stage in
            let (ana, bob) = (try await stage.signUp("ana@example.com"), try await stage.signUp("bob@example.com"))
            #expect(try await stage.refresh(ana.refreshToken, from: "198.51.100.1").status == 200)
            #expect(try await stage.refresh(ana.refreshToken, from: "198.51.100.1").status == 200)
            #expect(try await stage.refresh(bob.refreshToken, from: "198.51.100.1").status == 200)
            try await stage.refresh(bob.refreshToken, from: "203.0.113.1").problem(401)
            // The key of a sign-up is that of a network.
            for (name, address, status) in [
                ("eva", "198.51.100.1", 201), ("leo", "203.0.113.1", 201), ("mia", "198.51.100.9", 422),
            ] {
                let answer = try await stage.send(
                    .post, "/api/auth/signup", type: "application/json", headers: [.idempotencyKey: "k", .forwardedFor: address],
                    body: ByteBuffer(string: Stage.signUpJSON(email: "\(name)@example.com")))
                #expect(answer.status == status, "\(name): \(answer.text)")
            }
        }
    }

    @Test func aBusyHasherMeansComeBackLater() async throws {
        struct BusyHasher: PasswordHasher {
            func hash(_ password: String) async throws -> String { throw busy }
            func verify(_ password: String, against hash: String?) async throws -> Bool { throw busy }
            func needsRehash(_ hash: String) -> Bool { false }
            private var busy: ANBError { ANBError(.overloaded, "Busy.", recovery: .retryLater(after: .milliseconds(1500))) }
        }
        try await withStage(.memory) {
            $0.hasher = BusyHasher()
        } _: { stage in
            let answer = try await stage.post("/api/auth/login", json: #"{"email":"a@b.co","password":"x"}"#)
            try answer.problem(503, code: "overloaded")
            #expect(answer["retry-after"] == "2")
        }
    }
}

extension Stage {
    fileprivate func refresh(_ token: String, agent: String = "tests", from address: String? = nil) async throws -> Answer {
        var headers: HTTPFields = [.userAgent: agent]
        headers[.forwardedFor] = address
        return try await send(
            .post, "/api/auth/refresh", type: "application/json", headers: headers,
            body: ByteBuffer(string: #"{"refresh_token":"\#(token)"}"#))
    }
}
