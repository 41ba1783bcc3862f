import ANBCore
import ANBTesting
import HTTPTypes
import NIOCore
import Testing

@testable import ANBHTTP

@Suite(.timeLimit(.minutes(1))) struct RepeatedRequestTests {
    private static func key(_ text: String) -> HTTPFields { [.idempotencyKey: text] }

    @Test(arguments: Backing.allCases) func aRepeatedVoteGetsItsAnswerAndCountsOnce(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let (ana, bob, eve) = (
                try await stage.signUp("ana@example.com"), try await stage.signUp("bob@example.com"),
                try await stage.signUp("eve@example.com")
            )
            let (one, two) = (try await stage.publishedVideo(of: ana), try await stage.publishedVideo(of: ana))
            func vote(_ id: VideoID, _ person: Person, _ key: String) async throws -> Answer {
                try await stage.send(.post, "/api/public/videos/\(id)/vote", as: person, headers: Self.key(key))
            }
            let first = try await vote(one, bob, "k")
            #expect(first.status == 200)
            #expect(try first.integer("votes") == 1)
            _ = try await vote(one, eve, "k")
            let again = try await vote(one, bob, "k")
            #expect(again.status == 200 && again.text == first.text && again["content-type"] == "application/json")
            try await vote(two, bob, "k").problem(422, code: "idempotency_mismatch")
            try await vote(one, bob, "other").problem(400, code: "conflict")
            try await vote(one, bob, "other").problem(400, code: "conflict")
            #expect(try await stage.get("/api/public/videos/\(one)").integer("votes") == 2)
            #expect(try await stage.get("/api/public/videos/\(two)").integer("votes") == 0)
            // Taken back, the vote stays taken back: the repeat is told what happened, and nothing happens again.
            _ = try await stage.send(.delete, "/api/public/videos/\(one)/vote", as: bob)
            #expect(try await vote(one, bob, "k").text == first.text)
            #expect(try await stage.get("/api/public/videos/\(one)").integer("votes") == 1)
            // The key is forgotten after a day, and then is new.
            stage.clock.advance(by: .seconds(stage.contest.rules.limits.idempotencySeconds + 1))
            #expect(try await stage.contest.sweeper.sweep().requests > 0)
        }
    }

    @Test(arguments: Backing.allCases) func ofRepeatsAtTheSameTimeOneIsDone(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let (ana, bob) = (try await stage.signUp("ana@example.com"), try await stage.signUp("bob@example.com"))
            let id = try await stage.publishedVideo(of: ana)
            for round in 0..<5 {
                let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                    for _ in 0..<8 {
                        group.addTask {
                            try await stage.send(
                                .post, "/api/public/videos/\(id)/vote", as: bob, headers: Self.key("round-\(round)"))
                        }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                let codes = Set(answers.map(\.status))
                #expect(codes.isSubset(of: [200, 409]) && codes.contains(200), "\(answers.map(\.text))")
                _ = try await stage.send(.delete, "/api/public/videos/\(id)/vote", as: bob)
            }
        }
    }

    @Test(arguments: ["", " ", "two words", "ñ", String(repeating: "x", count: 256)])
    func aKeyThatIsNoneIsRefused(key: String) async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.publishedVideo(of: ana)
            let bob = try await stage.signUp("bob@example.com")
            let answer = try await stage.send(.post, "/api/public/videos/\(id)/vote", as: bob, headers: Self.key(key))
            try answer.problem(400, code: "invalid_request")
            #expect(try await stage.get("/api/public/videos/\(id)").integer("votes") == 0)
        }
    }

    @Test(arguments: Backing.allCases) func aRepeatedSignUpGetsItsAnswer(backing: Backing) async throws {
        try await withStage(backing) { stage in
            func signUp(_ email: String, _ key: String, city: String = "Cali") async throws -> Answer {
                try await stage.send(
                    .post, "/api/auth/signup", type: "application/json", headers: Self.key(key),
                    body: ByteBuffer(string: Stage.signUpJSON(email: email, city: city)))
            }
            let first = try await signUp("ana@example.com", "k")
            #expect(first.status == 201)
            let again = try await signUp("ana@example.com", "k")
            #expect(again.status == 201 && again.text == first.text)
            try await signUp("ana@example.com", "k", city: "Pasto").problem(422, code: "idempotency_mismatch")
            try await signUp("ana@example.com", "other").problem(400, code: "conflict")
            // Who shares a network shares its keys: this one stands for Ana's sign-up.
            try await signUp("bob@example.com", "k").problem(422, code: "idempotency_mismatch")
            #expect(try await signUp("bob@example.com", "b").status == 201)
            // What was wrong with the form may be put right under the same key: nothing had happened.
            let short = ByteBuffer(string: Stage.signUpJSON(email: "eve@example.com", password: "x"))
            try await stage.send(
                .post, "/api/auth/signup", type: "application/json", headers: Self.key("e"), body: short
            ).problem(400, code: "invalid_request")
            #expect(try await signUp("eve@example.com", "e").status == 201)
        }
    }

    @Test func whileTheFirstIsBeingDoneItsRepeatsWait() async throws {
        let hasher = SlowHasher()
        try await withStage {
            $0.hasher = hasher
        } _: { stage in
            func signUp() async throws -> Answer {
                try await stage.send(
                    .post, "/api/auth/signup", type: "application/json", headers: Self.key("k"),
                    body: ByteBuffer(string: Stage.signUpJSON(email: "ana@example.com")))
            }
            let first = Task { try await signUp() }
            await hasher.waitForHash()
            let second = try await signUp()
            try second.problem(409, code: "in_progress")
            #expect(second["retry-after"] == "2")
            // The first one died; after a while a repeat does the work, and the first finds it done.
            stage.clock.advance(by: .seconds(15))
            let third = Task { try await signUp() }
            await hasher.waitForHash()
            hasher.letAllGo()
            let (one, three) = (try await first.value, try await third.value)
            #expect(one.status == 201 && one.text == three.text)
        }
    }
}

/// Hashes when a test lets it.
private final class SlowHasher: PasswordHasher {
    private let plain = PlainHasher()
    private let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    private let (gate, opener) = AsyncStream.makeStream(of: Never.self)

    func hash(_ password: String) async throws -> String {
        begin.yield()
        for await _ in gate {}
        return try await plain.hash(password)
    }

    func verify(_ password: String, against hash: String?) async throws -> Bool {
        try await plain.verify(password, against: hash)
    }

    func needsRehash(_ hash: String) -> Bool { plain.needsRehash(hash) }
    func waitForHash() async { for await _ in begun { return } }
    func letAllGo() { opener.finish() }
}
