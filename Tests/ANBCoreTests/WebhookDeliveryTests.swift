import ANBPersistence
import ANBTesting
import Crypto
import Foundation
import Synchronization
import Testing

@testable import ANBCore

/// What is sent to an embedder, how often, and when it ends.
@Suite(.timeLimit(.minutes(1))) struct WebhookDeliveryTests {
    private static let secret = "whsec_" + Data(repeating: 7, count: 32).base64EncodedString()

    private let database = MemoryDatabase()
    private let clock = ManualClock()
    private let samples = Samples()

    private func delivery(_ receiver: ScriptedReceiver, secrets: [String] = [secret]) throws -> WebhookDelivery {
        WebhookDelivery(
            database: database, receiver: receiver, signer: try #require(WebhookSigner(secrets: secrets)), clock: clock,
            ids: SequentialIDs(), logger: .silent)
    }

    private func add(_ event: WebhookEvent) async throws -> WebhookEvent {
        try await database.withTransaction { try $0.insertWebhookEvent(event) }
        return event
    }

    private func kept() async throws -> [WebhookEvent] { try await database.read { try $0.webhookEvents(limit: 10) } }

    @Test func theReceiverCanTellWhoSentWhat() async throws {
        var failed = samples.webhook(at: clock.now)
        (failed.kind, failed.failureCode) = (.failed, .tooShort)
        let event = try await add(failed)
        let receiver = ScriptedReceiver([204])
        clock.advance(by: .seconds(90))
        #expect(try await delivery(receiver).deliverDue() == 1)
        let post = try #require(receiver.posts.first)
        #expect(post.headers["webhook-id"] == "\(event.id)")
        #expect(post.headers["webhook-timestamp"] == "\(clock.now.seconds)")
        let signed = Data("\(event.id).\(clock.now.seconds).\(post.body)".utf8)
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: Data(repeating: 7, count: 32)))
        #expect(post.headers["webhook-signature"] == "v1," + Data(code).base64EncodedString())
        #expect(
            post.body == """
                {"data":{"failure_code":"too_short","status":"failed","user_id":"\(event.userID)","video_id":"\(event.videoID)"},\
                "id":"\(event.id)","timestamp":"\(event.at)","type":"video.failed"}
                """)
        #expect(try await kept() == [])
        #expect(try await delivery(receiver).deliverDue() == 0)
    }

    /// The example that the libraries of Standard Webhooks test themselves with.
    @Test func signaturesAreThoseOfTheStandard() throws {
        let signer = try #require(WebhookSigner(secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]))
        let headers = signer.headers(
            of: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: #"{"test": 2432232314}"#,
            at: Timestamp(milliseconds: 1_614_265_330_999))
        #expect(
            headers.map(\.value) == [
                "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ])
    }

    @Test func everySecretSigns() async throws {
        _ = try await add(samples.webhook(at: clock.now))
        let receiver = ScriptedReceiver([200])
        try await delivery(receiver, secrets: [Self.secret, String(repeating: "k", count: 24)]).deliverDue()
        let signatures = try #require(receiver.posts.first?.headers["webhook-signature"]).split(separator: " ")
        #expect(signatures.count == 2 && Set(signatures).count == 2 && signatures.allSatisfy { $0.hasPrefix("v1,") })
    }

    @Test(arguments: [
        [], ["short"], [String(repeating: "k", count: 23)], ["whsec_" + Data(count: 23).base64EncodedString()],
        ["whsec_not base64 but long enough to be a text"], [secret, "short"],
    ])
    func weakSecretsAreNone(_ secrets: [String]) { #expect(WebhookSigner(secrets: secrets) == nil) }

    @Test func aFailedTryIsRepeatedWithTheSameIDLaterAndLater() async throws {
        let event = try await add(samples.webhook(at: clock.now))
        let receiver = ScriptedReceiver([500, nil, 302, 200])
        let delivery = try delivery(receiver)
        for (attempt, wait) in [(1, 1.0), (2, 3), (3, 9)] {
            try await delivery.deliverDue()
            let waiting = try #require(try await kept().first)
            #expect(waiting.attempts == attempt)
            let delay = try #require(waiting.dueAt) - clock.now
            #expect(delay.inSeconds > wait / 2 - 0.01 && delay.inSeconds <= wait)
            #expect(try await delivery.deliverDue() == 0, "not before its time")
            clock.advance(by: delay)
        }
        #expect(try await kept().first?.problem == "the receiver answered 302")
        try await delivery.deliverDue()
        #expect(try await kept() == [])
        #expect(receiver.posts.map { $0.headers["webhook-id"] } == Array(repeating: "\(event.id)", count: 4))
        #expect(Set(receiver.posts.map(\.body)).count == 1)
        #expect(Set(receiver.posts.compactMap { $0.headers["webhook-timestamp"] }).count > 1, "each try has its own time")
    }

    @Test func afterItsTriesItIsKeptAsGivenUpAndCanBeReplayed() async throws {
        let event = try await add(samples.webhook(at: clock.now))
        let receiver = ScriptedReceiver([503])
        let delivery = try delivery(receiver)
        while let dueAt = try await kept().first?.dueAt {
            if dueAt > clock.now { clock.advance(by: dueAt - clock.now) }
            try await delivery.deliverDue()
        }
        #expect(receiver.posts.count == WebhookDelivery.attemptsMax)
        #expect(clock.now - event.at < WebhookDelivery.ageMax)
        clock.advance(by: .seconds(24 * 3600))
        #expect(try await delivery.deliverDue() == 0)

        let backlog = WebhookBacklog(database: database, clock: clock, ids: SequentialIDs())
        #expect(try await backlog.list().map(\.problem) == ["the receiver answered 503"])
        try await backlog.replay(event.id)
        #expect(try await delivery.deliverDue() == 1)
        #expect(try await kept().first?.attempts == 1)
        let audit = try await database.read { try $0.unsealedAudit(limit: 10) }
        #expect(audit.map(\.subject.description) == ["webhook:\(event.id)"])
    }

    @Test func theTryAfterThreeDaysIsTheLast() async throws {
        _ = try await add(samples.webhook(at: clock.now))
        let receiver = ScriptedReceiver([503])
        let delivery = try delivery(receiver)
        clock.advance(by: WebhookDelivery.ageMax - .milliseconds(1))
        try await delivery.deliverDue()
        #expect(try await kept().first?.dueAt != nil, "not yet old enough")
        clock.advance(by: .seconds(2))
        try await delivery.deliverDue()
        #expect(receiver.posts.count == 2)
        #expect(try await kept().map(\.dueAt) == [nil])
    }

    @Test func whoeverDiesWhileSendingIsFollowedByAnotherButNotForEver() async throws {
        let event = try await add(samples.webhook(at: clock.now))
        for attempt in 1...WebhookDelivery.attemptsMax {
            // Somebody takes it and is never heard of again.
            let now = clock.now
            let taken = try await database.withTransaction {
                try $0.takeWebhookEvents(now: now, until: now + WebhookDelivery.lease, limit: 1)
            }
            #expect(taken.first?.attempts == attempt)
            clock.advance(by: WebhookDelivery.lease)
        }
        let receiver = ScriptedReceiver([200])
        try await delivery(receiver).deliverDue()
        #expect(receiver.posts.isEmpty)
        #expect(try await kept().map(\.id) == [event.id])
        #expect(try await kept().map(\.dueAt) == [nil])
    }

    @Test func noReplayOfWhatIsNotThere() async throws {
        let error = await #expect(throws: ANBError.self) {
            try await WebhookBacklog(database: database, clock: clock).replay(samples.ids.next())
        }
        #expect(error?.code == .notFound)
    }
}

/// Answers one after the other, the last one again and again; `nil` breaks the connection.
private final class ScriptedReceiver: WebhookReceiver {
    struct Post: Sendable {
        var body: String
        var headers: [String: String]
    }

    private let answers: [Int?]
    private let noted = Mutex<[Post]>([])

    init(_ answers: [Int?]) { self.answers = answers }

    var posts: [Post] { noted.withLock { $0 } }

    func post(_ body: String, headers: [(name: String, value: String)]) async throws -> Int {
        let index = noted.withLock { posts in
            posts.append(Post(body: body, headers: Dictionary(uniqueKeysWithValues: headers.map { ($0.name, $0.value) })))
            return posts.count - 1
        }
        guard let status = answers[min(index, answers.count - 1)] else { throw ANBError.unavailable("the connection broke") }
        return status
    }
}
