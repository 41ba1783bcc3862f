@testable import ANBAWS
import ANBCore
import ANBTesting
import AWSTestServer
import Logging
import NIOCore
import Synchronization
import Testing

@Suite struct AWSClientTests {
    private static let http = AWSHTTP()
    private static let quick = RetryPolicy(
        attemptsMax: 3, firstPauseMax: .milliseconds(1), firstThrottledPauseMax: .milliseconds(1))

    private func client(
        _ credentials: any AWSCredentialProvider = Vectors.credentials, clock: any WallClock = SystemClock()
    ) -> AWSClient {
        AWSClient(
            signer: SigV4Signer(service: "s3", region: "us-east-1"), http: Self.http, credentials: credentials,
            policy: Self.quick, clock: clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { answer in
            AWSServiceError(status: answer.status, code: String(buffer: answer.body), message: "")
        }
    }

    private func send(
        _ endpoint: FakeEndpoint, _ options: AWSClient.Options = .init(), with client: AWSClient? = nil
    ) async throws -> AWSResponse {
        let client = client ?? self.client()
        return try await endpoint.listening { url in
            try await client.send(AWSRequest("GET", try AWSEndpoint(url), path: "/x"), options)
        }
    }

    @Test func anAnswerComesBackWhole() async throws {
        let endpoint = FakeEndpoint([.init(200, "hello", headers: ["ETag": "\"1\""])])
        let answer = try await send(endpoint)
        #expect(answer.status == 200)
        #expect(String(buffer: answer.body) == "hello")
        #expect(answer.header("etag") == "\"1\"")
        let question = try #require(endpoint.questions.first)
        #expect(question.headers["authorization"]?.hasPrefix("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") == true)
    }

    @Test func aServiceInTroubleIsAskedAgainEachTimeWithAFreshSignature() async throws {
        let endpoint = FakeEndpoint([.init(500, "InternalError"), .init(503, "SlowDown"), .init(200, "ok")])
        #expect(String(buffer: try await send(endpoint).body) == "ok")
        #expect(endpoint.questions.count == 3)
    }

    @Test func attemptsAreLimited() async throws {
        let endpoint = FakeEndpoint([.init(503, "SlowDown")])
        await #expect(throws: AWSServiceError.self) { try await send(endpoint) }
        #expect(endpoint.questions.count == 3)
    }

    @Test func whatMayHaveHappenedIsNotRepeatedUnlessItIsIdempotent() async throws {
        let endpoint = FakeEndpoint([.init(500, "InternalError"), .init(200)])
        await #expect(throws: AWSServiceError.self) { try await send(endpoint, .init(rule: .onlyWhenRefused)) }
        #expect(endpoint.questions.count == 1)
    }

    @Test func aRefusalIsNotRepeated() async throws {
        let endpoint = FakeEndpoint([.init(403, "AccessDenied")])
        await #expect(throws: AWSServiceError.self) { try await send(endpoint) }
        #expect(endpoint.questions.count == 1)
    }

    @Test func aSilentServiceIsGivenUp() async throws {
        let endpoint = FakeEndpoint { _, index in
            // Longer than an attempt may take.
            if index == 0 { try? await Task.sleep(for: .seconds(1)) }
            return .init(200, "late")
        }
        #expect(String(buffer: try await send(endpoint, .init(attemptTimeMax: .milliseconds(200))).body) == "late")
        #expect(endpoint.questions.count == 2)
    }

    @Test func anUnreachableHostIsNamed() async throws {
        let request = AWSRequest("GET", try AWSEndpoint("http://127.0.0.1:1"))
        let error = try await expectError(.unavailable) { try await client().send(request) }
        #expect(error.operatorMessage.hasPrefix("http://127.0.0.1:1 cannot be reached"))
    }

    @Test func anUnknownHostIsNamed() async throws {
        let request = AWSRequest("GET", try AWSEndpoint("http://nowhere.invalid"))
        let error = try await expectError(.unavailable) { try await client().send(request) }
        #expect(error.operatorMessage.hasPrefix("http://nowhere.invalid cannot be reached"))
    }

    /// Refuses signatures that are more than five minutes off its own clock, which its `Date` header tells.
    private static let punctual = FakeEndpoint { question, _ in
        let now = SystemClock().now
        let signed = (-300...300).contains { question.headers["x-amz-date"] == SigV4Signer.text(now + .seconds($0)) }
        return signed ? .init(200, "ok") : .init(403, "RequestTimeTooSkewed")
    }

    @Test func aWrongClockIsCorrectedFromTheRefusal() async throws {
        let endpoint = Self.punctual
        let client = client(clock: ManualClock(now: SystemClock().now - .seconds(3 * 3600)))
        #expect(String(buffer: try await send(endpoint, with: client).body) == "ok")
        #expect(endpoint.questions.count == 2)
        // What was learnt stays.
        #expect(String(buffer: try await send(endpoint, with: client).body) == "ok")
        #expect(endpoint.questions.count == 3)
        let url = try await client.presign(AWSRequest("GET", try AWSEndpoint("http://h")), expiresSeconds: 60)
        #expect(url.contains("X-Amz-Date=\(SigV4Signer.text(SystemClock().now).prefix(11))"))
    }

    @Test func aRightClockIsNotBlamed() async throws {
        let endpoint = FakeEndpoint([.init(403, "SignatureDoesNotMatch")])
        let client = client(clock: ManualClock(now: SystemClock().now - .seconds(20)))
        await #expect(throws: AWSServiceError.self) { try await send(endpoint, with: client) }
        #expect(endpoint.questions.count == 1)
    }

    @Test func httpDatesAreRead() throws {
        #expect(Timestamp(httpDate: "Sun, 30 Aug 2015 12:36:00 GMT") == (try Vectors.time("2015-08-30T12:36:00Z")))
        #expect(Timestamp(httpDate: "Thu, 01 Jan 2026 00:00:00 GMT") == (try Vectors.time("2026-01-01T00:00:00Z")))
        for text in ["", "2015-08-30T12:36:00Z", "Sun, 30 Foo 2015 12:36:00 GMT", "Sun, 30 Aug 2015 12:36:00 CET"] {
            #expect(Timestamp(httpDate: text) == nil)
        }
    }

    @Test func expiredCredentialsAreReplacedOnce() async throws {
        let provider = TwoCredentials()
        let endpoint = FakeEndpoint { question, _ in
            question.headers["x-amz-security-token"] == "new" ? .init(200, "ok") : .init(400, "ExpiredToken")
        }
        #expect(String(buffer: try await send(endpoint, with: client(provider)).body) == "ok")
        #expect(endpoint.questions.count == 2)
    }

    @Test func aStreamedAnswerCanBeLeftEarly() async throws {
        let endpoint = FakeEndpoint([.init(200, String(repeating: "x", count: 1 << 20))])
        let client = client()
        let bytes = try await endpoint.listening { url in
            let answer = try await client.stream(AWSRequest("GET", try AWSEndpoint(url)))
            for try await chunk in answer.chunks { return chunk.readableBytes }
            return 0
        }
        #expect(bytes > 0)
    }

    @Test func cancellationEndsTheWaitAndIsNotRetried() async throws {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Void.self)
        let endpoint = FakeEndpoint { _, _ in
            arrived.yield()
            try? await Task.sleep(for: .seconds(2))
            return .init(500)
        }
        let client = client()
        try await endpoint.listening { url in
            let call = Task { try await client.send(AWSRequest("GET", try AWSEndpoint(url))) }
            for await _ in arrivals { break }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
        }
        #expect(endpoint.questions.count == 1)
    }

    @Test(arguments: ["", "host", "ftp://host", "http://", "http://host/path", "http://user@host", "http://host?x"])
    func whatIsNoEndpointIsRefused(_ text: String) async throws {
        try await expectError(.misconfigured) { try AWSEndpoint(text) }
    }

    @Test func endpointsDropTheStandardPort() throws {
        #expect(try AWSEndpoint("HTTPS://host:443/").authority == "host")
        #expect(try AWSEndpoint("http://host:443").authority == "host:443")
        #expect(AWSEndpoint.aws("sqs", region: "cn-north-1").authority == "sqs.cn-north-1.amazonaws.com.cn")
    }
}

/// Old ones until they are forgotten.
private final class TwoCredentials: AWSCredentialProvider {
    private let token = Mutex("old")

    func credentials() async throws -> AWSCredentials {
        AWSCredentials(accessKeyID: "AK", secretAccessKey: "s", sessionToken: token.withLock { $0 })
    }

    func forget(_ credentials: AWSCredentials) async { token.withLock { $0 = "new" } }
}
