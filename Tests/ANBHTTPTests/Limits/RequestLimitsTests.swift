import ANBCore
import ANBPersistence
import ANBTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import ANBHTTP

/// Too many requests, over real sockets where the network counts.
@Suite(.timeLimit(.minutes(1))) struct RequestLimitsTests {
    private func withLimits(
        _ change: (inout RateRules) throws -> Void, trusting proxies: String? = nil,
        _ body: @Sendable @escaping (Stage) async throws -> Void
    ) async throws {
        var rules = RateRules()
        try change(&rules)
        let trusted = try proxies.map { try TrustedProxies($0) } ?? TrustedProxies.none
        try await withStage {
            $0.http.rates = rules
            $0.http.trustedProxies = trusted
            if proxies != nil { $0.transport = .live }
        } _: { stage in
            try await body(stage)
        }
    }

    private static func from(_ address: String) -> HTTPFields { [.forwardedFor: address] }

    private static func logIn(
        _ stage: Stage, _ email: String, password: String = "wrong password 1", from address: String? = nil
    ) async throws -> Answer {
        try await stage.send(
            .post, "/api/auth/login", type: "application/json", headers: address.map { from($0) } ?? [:],
            body: ByteBuffer(string: #"{"email":"\#(email)","password":"\#(password)"}"#))
    }

    private static func expectLogIn(
        _ status: Int, _ stage: Stage, _ email: String, from address: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let answer = try await logIn(stage, email, from: address)
        #expect(answer.status == status, "\(answer.text)", sourceLocation: sourceLocation)
    }

    private static func expectRefusal(_ answer: Answer, _ name: String, _ policy: String, retryAfter: String) {
        #expect(answer.status == 429, "\(answer.text)")
        #expect(answer["content-type"] == "application/problem+json")
        #expect(answer.text.contains("\"code\":\"rate_limited\""))
        #expect(answer["retry-after"] == retryAfter)
        #expect(answer["ratelimit-policy"] == "\"\(name)\";\(policy)")
        #expect(answer["ratelimit"] == "\"\(name)\";r=0;t=\(retryAfter)")
    }

    @Test func votesOfOneAccount() async throws {
        try await withLimits {
            $0.vote = try RateLimit(2, per: .seconds(60))
        } _: { stage in
            let (ana, eva) = (try await stage.signUp("ana@example.com"), try await stage.signUp("eva@example.com"))
            let path = "/api/public/videos/\(try await stage.publishedVideo(of: ana))/vote"
            let first = try await stage.send(.post, path, as: eva)
            #expect(first.status == 200)
            #expect(first["ratelimit"] == "\"vote\";r=1;t=0")
            #expect(try await stage.send(.delete, path, as: eva).status == 200)
            Self.expectRefusal(try await stage.send(.post, path, as: eva), "vote", "q=2;w=60", retryAfter: "30")
            // Somebody else is not concerned, and time heals.
            #expect(try await stage.send(.post, path, as: ana).status == 400)
            stage.clock.advance(by: .seconds(30))
            #expect(try await stage.send(.post, path, as: eva).status == 200)
        }
    }

    @Test func uploadsOfOneAccountAreRefusedBeforeTheirBody() async throws {
        try await withLimits {
            $0.upload = try RateLimit(1, per: .seconds(60))
        } _: { stage in
            let ana = try await stage.signUp("ana@example.com")
            #expect(try await stage.upload(.video(), as: ana).status == 202)
            Self.expectRefusal(try await stage.upload(.video(), as: ana), "upload", "q=1;w=60", retryAfter: "60")
            let count = try await stage.contest.backends.database.read { try $0.countVideos(ownedBy: ana.id) }
            #expect(count == 1)
            #expect(stage.scratchFiles == [])
        }
    }

    /// A right password does not help, so that nothing is learned from trying on; nor does another spelling.
    @Test func loginsToOneAccount() async throws {
        try await withLimits {
            $0.login = try RateLimit(3, per: .seconds(300))
        } _: { stage in
            _ = try await stage.signUp("ana@example.com")
            for email in ["Ana@example.com", " ana@EXAMPLE.com "] { try await Self.expectLogIn(401, stage, email) }
            let right = try await Self.logIn(stage, "ana@example.com", password: Stage.password)
            Self.expectRefusal(right, "login", "q=3;w=300", retryAfter: "100")
            // Unknown accounts have their limit as well.
            for _ in 0..<3 { try await Self.expectLogIn(401, stage, "nobody@example.com") }
            try await Self.expectLogIn(429, stage, "nobody@example.com")
        }
    }

    @Test func otherNetworksCannotLockAnAccountOut() async throws {
        try await withLimits({ $0.login = try RateLimit(2, per: .seconds(300)) }, trusting: "127.0.0.0/8") { stage in
            _ = try await stage.signUp("ana@example.com")
            for _ in 0..<2 { try await Self.expectLogIn(401, stage, "ana@example.com", from: "203.0.113.7") }
            // The same network, another address of it.
            try await Self.expectLogIn(429, stage, "ana@example.com", from: "203.0.113.8")
            let owner = try await Self.logIn(stage, "ana@example.com", password: Stage.password, from: "198.51.100.1")
            #expect(owner.status == 200)
        }
    }

    @Test func loginsToOneAccountFromEverywhere() async throws {
        try await withLimits({ $0.loginAccount = try RateLimit(3, per: .seconds(300)) }, trusting: "127.0.0.0/8") { stage in
            for number in 0..<3 { try await Self.expectLogIn(401, stage, "ana@example.com", from: "203.0.\(number).7") }
            try await Self.expectLogIn(429, stage, "ana@example.com", from: "203.0.99.7")
        }
    }

    @Test func loginsAndAccountsFromOneNetwork() async throws {
        try await withLimits(
            {
                $0.loginNetwork = try RateLimit(2, per: .seconds(300))
                $0.signUpNetwork = try RateLimit(1, per: .seconds(3600))
            }, trusting: "127.0.0.0/8"
        ) { stage in
            for number in 0..<2 { try await Self.expectLogIn(401, stage, "\(number)@example.com", from: "203.0.113.7") }
            try await Self.expectLogIn(429, stage, "2@example.com", from: "203.0.113.99")
            try await Self.expectLogIn(401, stage, "2@example.com", from: "203.0.114.99")

            func signUp(_ name: String, from address: String) async throws -> Int {
                try await stage.send(
                    .post, "/api/auth/signup", type: "application/json", headers: Self.from(address),
                    body: ByteBuffer(string: Stage.signUpJSON(email: "\(name)@example.com"))
                ).status
            }
            #expect(try await signUp("ana", from: "203.0.113.7") == 201)
            #expect(try await signUp("eva", from: "203.0.113.8") == 429)
            #expect(try await signUp("eva", from: "203.0.114.8") == 201)
        }
    }

    /// Behind a proxy of this machine that nobody declared, everyone would be one network.
    @Test func thisMachineIsNoNetworkAndAStrangersHeaderIsNotBelieved() async throws {
        try await withLimits({ $0.loginNetwork = try RateLimit(1, per: .seconds(300)) }, trusting: "10.0.0.1") { stage in
            for _ in 0..<3 { try await Self.expectLogIn(401, stage, "ana@example.com", from: "203.0.113.7") }
        }
    }

    /// A refused login costs no hashing, under each name of the route.
    @Test func everyNameOfTheRouteCountsTogether() async throws {
        try await withLimits {
            $0.login = try RateLimit(2, per: .seconds(300))
        } _: { stage in
            let json = #"{"email":"ana@example.com","password":"wrong password 1"}"#
            let form = ByteBuffer(string: "username=ana%40example.com&password=wrong")
            let type = "application/x-www-form-urlencoded"
            let statuses = [
                try await stage.post("/auth/login", json: json).status,
                try await stage.send(.post, "/auth/api/v1/login", type: type, body: form).status,
                try await stage.send(.post, "/api/auth/login", type: type, body: form).status,
            ]
            #expect(statuses == [401, 401, 429])
        }
    }

    // MARK: - Waiting after failures

    /// Known and unknown e-mails wait alike, and a right password does not help before its time.
    @Test func failedLoginsMakeTheNextOneWaitLongerAndLonger() async throws {
        try await withLimits {
            $0.loginFailures = try RateLimit(2, per: .seconds(86_400))
        } _: { stage in
            _ = try await stage.signUp("ana@example.com")
            for email in ["ana@example.com", "nobody@example.com"] {
                for _ in 0..<2 { try await Self.expectLogIn(401, stage, email) }
            }
            for seconds in [1, 2, 4, 8, 16] {
                var details: Set<String> = []
                for email in ["ana@example.com", " ANA@example.com\u{200B}", "nobody@example.com"] {
                    let early = try await Self.logIn(stage, email, password: Stage.password)
                    #expect(early["retry-after"] == "\(seconds)")
                    details.insert(try early.problem(429, code: "rate_limited"))
                }
                #expect(details.count == 1)
                stage.clock.advance(by: .seconds(seconds))
                for email in ["ana@example.com", "nobody@example.com"] { try await Self.expectLogIn(401, stage, email) }
            }
            stage.clock.advance(by: .seconds(32))
            let owner = try await Self.logIn(stage, "ana@example.com", password: Stage.password)
            #expect(owner.status == 200)
            // All is forgiven for who has the password, and for nobody else.
            for _ in 0..<2 { try await Self.expectLogIn(401, stage, "ana@example.com") }
            try await Self.expectLogIn(429, stage, "ana@example.com")
        }
    }

    @Test func strangersElsewhereDoNotMakeTheOwnerWait() async throws {
        try await withLimits({ $0.loginFailures = try RateLimit(1, per: .seconds(3600)) }, trusting: "127.0.0.0/8") { stage in
            _ = try await stage.signUp("ana@example.com")
            try await Self.expectLogIn(401, stage, "ana@example.com", from: "203.0.113.7")
            try await Self.expectLogIn(429, stage, "ana@example.com", from: "203.0.113.8")
            let owner = try await Self.logIn(stage, "ana@example.com", password: Stage.password, from: "198.51.100.1")
            #expect(owner.status == 200)
            // What the owner forgives at home is not forgiven there.
            try await Self.expectLogIn(429, stage, "ana@example.com", from: "203.0.113.7")
        }
    }

    /// What is refused anyway must not use up what the account has from everywhere.
    @Test func refusedLoginsTakeNothingFromTheOwner() async throws {
        try await withLimits(
            {
                $0.loginFailures = try RateLimit(1, per: .seconds(3600))
                $0.loginAccount = try RateLimit(3, per: .seconds(3600))
            }, trusting: "127.0.0.0/8"
        ) { stage in
            _ = try await stage.signUp("ana@example.com")
            try await Self.expectLogIn(401, stage, "ana@example.com", from: "203.0.113.7")
            for _ in 0..<10 { try await Self.expectLogIn(429, stage, "ana@example.com", from: "203.0.113.7") }
            let owner = try await Self.logIn(stage, "ana@example.com", password: Stage.password, from: "198.51.100.1")
            #expect(owner.status == 200)
        }
    }

    @Test func aNetworkThatTriesManyAccountsWaits() async throws {
        try await withLimits(
            { $0.loginFailuresNetwork = try RateLimit(3, per: .seconds(3600)) }, trusting: "127.0.0.0/8"
        ) { stage in
            _ = try await stage.signUp("ana@example.com")
            for number in 0..<3 { try await Self.expectLogIn(401, stage, "\(number)@example.com", from: "203.0.113.7") }
            try await Self.expectLogIn(429, stage, "3@example.com", from: "203.0.113.7")
            try await Self.expectLogIn(401, stage, "3@example.com", from: "198.51.100.1")
            // A login that succeeds neither counts as a failure nor wipes the network's failures out.
            for _ in 0..<4 {
                stage.clock.advance(by: .seconds(1))
                let neighbour = try await Self.logIn(
                    stage, "ana@example.com", password: Stage.password, from: "203.0.113.8")
                #expect(neighbour.status == 200, "\(neighbour.text)")
            }
            try await Self.expectLogIn(401, stage, "4@example.com", from: "203.0.113.7")
            let early = try await Self.logIn(stage, "5@example.com", from: "203.0.113.7")
            #expect(early["retry-after"] == "2")
        }
    }

    @Test func guessingWithAStolenTokenWaitsToo() async throws {
        try await withLimits {
            $0.loginFailures = try RateLimit(2, per: .seconds(3600))
        } _: { stage in
            let ana = try await stage.signUp("ana@example.com")
            for status in [403, 403, 429] {
                let body = ByteBuffer(string: #"{"password":"wrong password 1"}"#)
                let answer = try await stage.send(.delete, "/api/auth/me", as: ana, type: "application/json", body: body)
                #expect(answer.status == status, "\(answer.text)")
            }
            stage.clock.advance(by: .seconds(1))
            let right = ByteBuffer(string: #"{"password":"\#(Stage.password)"}"#)
            #expect(try await stage.send(.delete, "/api/auth/me", as: ana, type: "application/json", body: right).status == 200)
        }
    }
}
