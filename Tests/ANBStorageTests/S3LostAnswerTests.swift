import ANBAWS
import ANBCore
@testable import ANBStorage
import ANBTesting
import AWSTestServer
import NIOCore
import Synchronization
import Testing

/// A write that succeeded and whose answer was lost, played by a server that says so.
@Suite struct S3LostAnswerTests {
    /// Takes the write, answers 500, and then says that the condition does not hold.
    private final class ForgetfulServer: Sendable {
        let isOurs: Bool
        private let writeID = Mutex("")
        private let completions = Mutex(0)

        init(isOurs: Bool) { self.isOurs = isOurs }

        func answer(_ question: FakeEndpoint.Question, _ index: Int) -> FakeEndpoint.Answer {
            switch question.method {
            case "HEAD":
                let id = isOurs ? writeID.withLock { $0 } : "somebody else"
                return .init(200, headers: ["x-amz-meta-anb-write": id])
            case "POST" where question.target.contains("uploads="):
                note(question)
                return .init(200, "<R><UploadId>u</UploadId></R>")
            case "PUT" where question.target.contains("partNumber"): return .init(200, headers: ["ETag": "\"1\""])
            case "POST":
                let count = completions.withLock { count in
                    count += 1
                    return count
                }
                return count == 1 ? .init(200, Self.lateError) : .init(404, Self.noUpload)
            case "DELETE": return .init(204)
            default:
                defer { note(question) }
                return index == 0 ? .init(500) : .init(412, "<Error><Code>PreconditionFailed</Code></Error>")
            }
        }

        /// S3 may answer 200 and tell of a failure in the body.
        private static let lateError = "<Error><Code>InternalError</Code></Error>"
        private static let noUpload = "<Error><Code>NoSuchUpload</Code></Error>"

        private func note(_ question: FakeEndpoint.Question) {
            writeID.withLock { $0 = question.headers["x-amz-meta-anb-write"] ?? $0 }
        }
    }

    private func write(megabytes: Int, isOurs: Bool) async throws {
        let server = ForgetfulServer(isOurs: isOurs)
        let endpoint = FakeEndpoint { server.answer($0, $1) }
        try await endpoint.listening { url in
            let settings = S3Settings(bucket: "bucket", region: "us-east-1", endpoint: url, usesPathStyle: true)
            let service = try S3Service(
                settings, http: AWSTestServer.http, credentials: AWSCredentials(accessKeyID: "AK", secretAccessKey: "s"),
                policy: RetryPolicy(firstPauseMax: .milliseconds(1)), logger: AWSTestServer.logger)
            let store = try S3ObjectStore(settings, service: service, logger: AWSTestServer.logger)
            let chunks = Array(repeating: ByteBuffer(repeating: 1, count: 1 << 18), count: megabytes * 4)
            try await store.write(try ObjectKey("a"), .stream(ChunkSource(chunks), byteCount: nil), condition: .ifAbsent)
        }
    }

    @Test func aRepeatedSmallWriteThatFindsItselfSucceeds() async throws { try await write(megabytes: 1, isOurs: true) }

    @Test func aRepeatedSmallWriteThatFindsAnotherFails() async throws {
        try await expectError(.preconditionFailed) { try await write(megabytes: 1, isOurs: false) }
    }

    @Test func aRepeatedLargeWriteThatFindsItselfSucceeds() async throws { try await write(megabytes: 10, isOurs: true) }

    @Test func aRepeatedLargeWriteThatFindsAnotherFails() async throws {
        try await expectError(.preconditionFailed) { try await write(megabytes: 10, isOurs: false) }
    }
}
