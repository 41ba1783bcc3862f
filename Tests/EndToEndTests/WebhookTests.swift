import ANBTesting
import AWSTestServer
import Crypto
import Foundation
import Testing

/// News of videos reach a real receiver: signed, again after failures, and after the death of whoever was to send them.
@Suite(.timeLimit(.minutes(3))) struct WebhookTests {
    private static let key = Data(repeating: 9, count: 32)
    private static let secret = "whsec_" + key.base64EncodedString()

    private struct News: Decodable {
        struct Content: Decodable {
            let video_id, user_id, status: String
            let failure_code: String?
        }
        let id, type, timestamp: String
        let data: Content
    }

    /// What a receiver does with a question before it believes it.
    private static func verified(_ question: FakeEndpoint.Question) throws -> News {
        let id = try require(question.headers["webhook-id"])
        let time = try require(question.headers["webhook-timestamp"])
        let code = HMAC<SHA256>.authenticationCode(
            for: Data("\(id).\(time).\(question.body)".utf8), using: SymmetricKey(data: key))
        try expectEqual(question.headers["webhook-signature"], "v1," + Data(code).base64EncodedString())
        try expect(abs(Date().timeIntervalSince1970 - (Double(time) ?? 0)) < 300, "not of now: \(time)")
        try expectEqual(question.method, "POST")
        try expectEqual(question.target, "/hook?from=anb")
        try expectEqual(question.headers["content-type"], "application/json")
        let news = try JSONDecoder().decode(News.self, from: Data(question.body.utf8))
        try expectEqual(news.id, id)
        return news
    }

    private static func settings(_ url: String) -> [String: String] {
        ["WEBHOOK_URL": "\(url)/hook?from=anb", "WEBHOOK_SECRET": secret]
    }

    @Test func aReceiverThatFailsSometimesHearsOfEachVideoOnce() async throws {
        try await StartErrorsProgram.inFolder { program in
            // An error, a way elsewhere that must not be gone, then it listens.
            let receiver = FakeEndpoint { _, index in
                switch index {
                case 0: .init(500, "no")
                case 1: .init(302, headers: ["location": "/elsewhere"])
                default: .init(200, String(repeating: "long ", count: 1 << 20))
                }
            }
            try await receiver.listening { url in
                let server = try ServerProcess(folder: program.folder, settings: Self.settings(url))
                defer { server.kill() }
                try await server.start()
                var client = ContestClient(baseURL: server.baseURL)
                try await client.signUp("ana")
                let accepted = try await client.upload(try CrashTests.clip(), title: "Clip", idempotencyKey: "k")
                try await until { receiver.questions.count >= 3 }
                try await until { server.log.contains("a webhook was delivered") }

                let news = try receiver.questions.map(Self.verified)
                #expect(news.count == 3)
                #expect(Set(news.map(\.id)).count == 1)
                #expect(Set(receiver.questions.map(\.body)).count == 1)
                #expect(news.allSatisfy { $0.type == "video.processed" && $0.data.status == "processed" })
                #expect(news.allSatisfy { $0.data.video_id == accepted.video_id && $0.data.failure_code == nil })
                #expect(!server.log.contains(Self.secret) && !server.log.contains(url))
                let listed = try await program.run(["anb-api", "webhooks", "list", "--json"])
                #expect(listed.code == 0 && listed.standardOutput.filter { !$0.isWhitespace } == "[]", "\(listed)")
                #expect(server.terminate() == 0)
            }
            #expect(receiver.questions.count == 3, "each failure costs one repeat and no more")
        }
    }

    @Test func aKilledServerTellsAfterItsNextStart() async throws {
        try await StartErrorsProgram.inFolder { program in
            // Whatever is sent here breaks.
            let nowhere = "http://127.0.0.1:1"
            let first = try ServerProcess(folder: program.folder, settings: Self.settings(nowhere))
            defer { first.kill() }
            try await first.start()
            var client = ContestClient(baseURL: first.baseURL)
            try await client.signUp("ana")
            let accepted = try await client.upload(try CrashTests.clip(), title: "Clip", idempotencyKey: "k")
            try await until { first.log.contains("a webhook was not delivered") }
            first.kill()

            let waiting = try await program.run(["anb-api", "webhooks", "list"])
            let fields = waiting.standardOutput.split(separator: "\t").map(String.init)
            #expect(waiting.code == 0 && fields.count == 7 && fields[2] == accepted.video_id, "\(waiting)")
            let id = try require(fields.first)
            #expect(try await program.run(["anb-api", "webhooks", "replay", id]).code == 0)
            #expect(try await program.run(["anb-api", "webhooks", "replay", accepted.video_id]).code == 66)
            #expect(try await program.run(["anb-api", "webhooks", "replay"]).code == 64)
            #expect(try await program.run(["anb-api", "webhooks", "replay", "--all"]).standardOutput == "replayed: 0\n")

            let receiver = FakeEndpoint([.init(204)])
            try await receiver.listening { url in
                let second = try ServerProcess(folder: program.folder, settings: Self.settings(url))
                defer { second.kill() }
                try await second.start()
                try await until { receiver.questions.count >= 1 }
                let news = try Self.verified(try require(receiver.questions.first))
                #expect(news.id == id && news.data.video_id == accepted.video_id)
                #expect(second.terminate() == 0)
            }
            #expect(receiver.questions.count == 1)
        }
    }

    @Test func settingsThatCannotBe() async throws {
        let good = Self.settings("http://127.0.0.1:1")
        try await StartErrorsProgram.inFolder { program in
            for url in [
                "127.0.0.1/hook", "ftp://example.com/", "https://", "https://me:secret@example.com/", "http://example.com/",
            ] {
                try await program.expectRefusal(
                    78, ["WEBHOOK_URL: the value given"], ["anb-api", "serve"], good.merging(["WEBHOOK_URL": url]) { $1 })
            }
            for secret in ["", "short", "whsec_short"] {
                let words = secret.isEmpty ? "WEBHOOK_SECRET must be set with WEBHOOK_URL" : "WEBHOOK_SECRET: "
                try await program.expectRefusal(
                    78, [words], ["anb-worker", "run"], good.merging(["WEBHOOK_SECRET": secret]) { $1 })
            }
        }
    }

    private func until(_ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try await !condition() {
            try expect(ContinuousClock.now < deadline, "not within 60 s")
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
