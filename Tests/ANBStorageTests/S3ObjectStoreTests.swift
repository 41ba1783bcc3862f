import ANBAWS
import ANBCore
@testable import ANBStorage
import ANBTesting
import AWSTestServer
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// What is particular to S3, on a real server.
@Suite struct S3ObjectStoreTests {
    private struct SourceBroke: Error {}
    private static let chunk = ByteBuffer(repeating: 7, count: 1 << 20)

    // MARK: Uploads in parts

    @Test func aLargeFileIsUploadedInPartsAndComesBackByteByByte() async throws {
        try await withFile(megabytes: 20) { path, content in
            try await AWSTestServer.shared().withStore { store in
                let key = try ObjectKey("originals/1/a.mp4")
                try await store.write(key, .movingFile(path: path), condition: .ifAbsent)
                #expect(!FileManager.default.fileExists(atPath: path))
                let body = try await store.read(key).collect(upTo: 64 << 20)
                #expect(body == content)
                #expect(try await store.head(key).header("ETag")?.hasSuffix("-3\"") == true)
                #expect(try await uploads(store).isEmpty)
            }
        }
    }

    @Test func aLargeConditionalWriteLeavesTheObjectAndTheFile() async throws {
        try await withFile(megabytes: 17) { path, _ in
            try await AWSTestServer.shared().withStore { store in
                let key = try ObjectKey("a")
                try await store.write(key, .bytes(ByteBuffer(string: "old")))
                try await expectError(.preconditionFailed) {
                    try await store.write(key, .movingFile(path: path), condition: .ifAbsent)
                }
                #expect(try await store.info(key).byteCount == 3)
                #expect(FileManager.default.fileExists(atPath: path))
                #expect(try await uploads(store).isEmpty)
            }
        }
    }

    @Test(arguments: [9, 17, 33, 40])
    func aStreamThatBreaksLeavesNoObjectAndNoParts(_ megabytes: Int) async throws {
        try await AWSTestServer.shared().withStore { store in
            let source = ChunkSource(Array(repeating: Self.chunk, count: megabytes), failure: SourceBroke())
            await #expect(throws: SourceBroke.self) {
                try await store.write(try ObjectKey("a"), .stream(source, byteCount: nil))
            }
            try await expectError(.notFound) { try await store.info(try ObjectKey("a")) }
            #expect(try await uploads(store).isEmpty)
        }
    }

    @Test(arguments: [40, 42])
    func aLargeStreamThatBreaksItsPromiseLeavesNoParts(_ promised: Int64) async throws {
        try await AWSTestServer.shared().withStore { store in
            let source = ObjectSource.stream(ChunkSource(Array(repeating: Self.chunk, count: 41)), byteCount: promised << 20)
            try await expectError(.invalidRequest) { try await store.write(try ObjectKey("a"), source) }
            try await expectError(.notFound) { try await store.info(try ObjectKey("a")) }
            #expect(try await uploads(store).isEmpty)
        }
    }

    @Test func aCancelledUploadLeavesNoParts() async throws {
        try await AWSTestServer.shared().withStore { store in
            let (stalls, stalled) = AsyncStream.makeStream(of: Void.self)
            let source = StallingSource(ByteBuffer(repeating: 1, count: 20 << 20)) { stalled.yield() }
            let write = Task { try await store.write(try ObjectKey("a"), .stream(source, byteCount: nil)) }
            for await _ in stalls { break }
            write.cancel()
            await #expect(throws: (any Error).self) { try await write.value }
            let left = try await uploads(store)
            #expect(left.isEmpty)
        }
    }

    @Test(arguments: [0, 1, 8 << 20, (8 << 20) + 1, 16 << 20])
    func sizesAroundAPart(_ byteCount: Int) async throws {
        try await AWSTestServer.shared().withStore { store in
            let key = try ObjectKey("a")
            let bytes = ByteBuffer(bytes: (0..<byteCount).lazy.map { UInt8(truncatingIfNeeded: $0 &* 31) })
            try await store.write(key, .bytes(bytes))
            #expect(try await store.read(key).collect(upTo: 32 << 20) == bytes)
        }
    }

    @Test func aFileOfMoreThanTenThousandPartsIsRefusedAtOnce() async throws {
        try await AWSTestServer.shared().withStore { store in
            try await expectError(.tooLarge) {
                try await store.write(try ObjectKey("a"), .stream(ChunkSource(["x"]), byteCount: 100 << 30))
            }
        }
    }

    private func uploads(_ store: S3ObjectStore) async throws -> [MarkupElement] {
        let request = store.service.request("GET", bucket: store.layout.bucket, query: [("uploads", "")])
        return try MarkupElement.parse(try await store.service.send(request).body).all("Upload")
    }

    private func withFile(megabytes: Int, _ body: (String, ByteBuffer) async throws -> Void) async throws {
        let content = ByteBuffer(bytes: (0..<(megabytes << 20)).lazy.map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 13) })
        let file = FileManager.default.temporaryDirectory.appending(path: "anb-s3-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(content.readableBytesView).write(to: file)
        try await body(file.path, content)
    }

    // MARK: Two buckets and a prefix

    @Test func whatIsPublishedLiesInItsOwnBucket() async throws {
        try await AWSTestServer.shared().withStore(.virtualHost) { store in
            for key in ["originals/1/a", "processed/1/b", "other"] { try await store.write(try ObjectKey(key), .bytes(Self.chunk)) }
            #expect(try await names(store, store.layout.bucket) == ["p/1/originals/1/a", "p/1/other"])
            #expect(try await names(store, store.layout.processedBucket) == ["p/1/processed/1/b"])
            #expect(try await store.list(prefix: "", after: nil, limit: 2).map(\.key.description) == ["originals/1/a", "other"])
            let after = try ObjectKey("other")
            #expect(try await store.list(prefix: "", after: after, limit: 2).map(\.key.description) == ["processed/1/b"])
            #expect(try await store.list(prefix: "processed/1", after: nil, limit: 2).count == 1)
            try await expectError(.invalidRequest) { try await store.info(try ObjectKey(String(repeating: "k", count: 1024))) }
        }
    }

    @Test func strangersInTheBucketAreNotListed() async throws {
        try await AWSTestServer.shared().withStore(.virtualHost) { store in
            for name in ["outside", "p/1/a b", "p/1/é", "p/1/folder/", "p/1/a+b", "p/1/processed/x", "p/1/z%41"] {
                _ = try await store.service.send(store.service.request("PUT", bucket: store.layout.bucket, name: name))
            }
            try await store.write(try ObjectKey("zz"), .bytes(Self.chunk))
            #expect(try await store.list(prefix: "", after: nil, limit: 1).map(\.key.description) == ["zz"])
            #expect(try await store.list(prefix: "", after: nil, limit: 1000).map(\.key.description) == ["zz"])
        }
    }

    private func names(_ store: S3ObjectStore, _ bucket: String) async throws -> [String] {
        let request = store.service.request("GET", bucket: bucket, query: [("list-type", "2")])
        return try MarkupElement.parse(try await store.service.send(request).body).all("Contents").compactMap { $0.text("Key") }
    }

    // MARK: Signed URLs

    @Test func aSignedURLReadsTheObjectAndItsParts() async throws {
        try await AWSTestServer.shared().withStore { store in
            let key = try ObjectKey("processed/1/720=p_~.mp4".replacing("~", with: "x"))
            try await store.write(key, .bytes(ByteBuffer(string: "0123456789")))
            let url = try await store.signedURL(for: key, expires: .seconds(60))
            #expect(try await get(url) == Answer(status: 200, body: "0123456789"))
            #expect(try await get(url, range: "bytes=3-5") == Answer(status: 206, body: "345"))
        }
    }

    @Test func aTamperedURLIsRefused() async throws {
        try await AWSTestServer.shared().withStore { store in
            for key in ["a", "b"] { try await store.write(try ObjectKey(key), .bytes(ByteBuffer(string: key))) }
            let url = try await store.signedURL(for: try ObjectKey("a"), expires: .seconds(60))
            let tampered = [
                url.replacing("/a?", with: "/b?"), url.replacing("X-Amz-Expires=60", with: "X-Amz-Expires=61"),
                String(url.dropLast()) + (url.hasSuffix("0") ? "1" : "0"), url + "&response-content-type=text/html",
                String(url.prefix { $0 != "?" }),
            ]
            for url in tampered { #expect(try await get(url).status == 403, "\(url)") }
            #expect(try await get(url).status == 200)
        }
    }

    @Test func anExpiredURLIsRefused() async throws {
        try await AWSTestServer.shared().withStore { store in
            let key = try ObjectKey("a")
            try await store.write(key, .bytes(Self.chunk))
            let past = ManualClock(now: SystemClock().now - .seconds(120))
            let service = try await service(for: store, clock: past)
            let old = try S3ObjectStore(
                try await settings(of: store), service: service, logger: AWSTestServer.logger)
            #expect(try await get(try await old.signedURL(for: key, expires: .seconds(60))).status == 403)
            #expect(try await get(try await old.signedURL(for: key, expires: .seconds(600))).status == 200)
        }
    }

    @Test func aURLLivesAtMostAWeek() async throws {
        try await AWSTestServer.shared().withStore { store in
            _ = try await store.signedURL(for: try ObjectKey("a"), expires: .seconds(604_800))
            try await expectError(.invalidRequest) {
                try await store.signedURL(for: try ObjectKey("a"), expires: .seconds(604_801))
            }
        }
    }

    private struct Answer: Equatable {
        var status: UInt
        var body: String
    }

    private func get(_ url: String, range: String? = nil) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        if let range { request.headers.add(name: "Range", value: range) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        return Answer(status: response.status.code, body: String(buffer: try await response.body.collect(upTo: 16 << 20)))
    }

    // MARK: What stops the start, in one line

    private func settings(of store: S3ObjectStore) async throws -> S3Settings {
        try await AWSTestServer.shared().s3Settings(bucket: store.layout.bucket)
    }

    private func service(
        for store: S3ObjectStore, credentials: AWSCredentials? = nil, clock: any WallClock = SystemClock()
    ) async throws -> S3Service {
        let server = try await AWSTestServer.shared()
        return try S3Service(
            try await settings(of: store), http: AWSTestServer.http, credentials: credentials ?? server.credentials,
            policy: RetryPolicy(attemptsMax: 1), clock: clock, logger: AWSTestServer.logger)
    }

    private func expectCheckFails(_ settings: S3Settings, _ credentials: AWSCredentials, _ words: String...) async throws {
        let service = try S3Service(
            settings, http: AWSTestServer.http, credentials: credentials, policy: RetryPolicy(attemptsMax: 1),
            logger: AWSTestServer.logger)
        let store = try S3ObjectStore(settings, service: service, logger: AWSTestServer.logger)
        let error = try await expectError(.unavailable) { try await store.check() }
        for word in words { #expect(error.operatorMessage.contains(word), "\(error.operatorMessage)") }
        #expect(!error.operatorMessage.contains("\n"))
    }

    @Test func wrongCredentialsAreNamed() async throws {
        let server = try await AWSTestServer.shared()
        try await server.withStore { store in
            var credentials = server.credentials
            credentials.secretAccessKey += "x"
            let settings = try await settings(of: store)
            try await expectCheckFails(settings, credentials, "credentials are refused", settings.bucket, "SignatureDoesNotMatch")
            credentials.accessKeyID = "AKIANOBODY1234567890"
            try await expectCheckFails(settings, credentials, "credentials are refused", settings.bucket)
        }
    }

    @Test func aMissingBucketIsNamed() async throws {
        let server = try await AWSTestServer.shared()
        let settings = server.s3Settings()
        try await expectCheckFails(settings, server.credentials, "S3 bucket \(settings.bucket)", "NoSuchBucket")
    }

    @Test func anUnreachableHostIsNamed() async throws {
        let server = try await AWSTestServer.shared()
        var settings = server.s3Settings()
        settings.endpoint = "http://127.0.0.1:1"
        try await expectCheckFails(settings, server.credentials, "http://127.0.0.1:1 cannot be reached")
    }

    @Test(arguments: [
        S3Settings(bucket: "no", region: "r"), S3Settings(bucket: "Upper", region: "r"), S3Settings(bucket: "a/b", region: "r"),
        S3Settings(bucket: "bucket", processedBucket: "", region: "r"), S3Settings(bucket: "bucket", prefix: "../x", region: "r"),
        S3Settings(bucket: "bucket", prefix: "/x", region: "r"), S3Settings(bucket: "bucket", region: "r", endpoint: "host"),
    ])
    func settingsThatCannotBeRightAreRefused(_ settings: S3Settings) async throws {
        let server = try await AWSTestServer.shared()
        try await expectError(.misconfigured) {
            let service = try S3Service(
                settings, http: AWSTestServer.http, credentials: server.credentials, logger: AWSTestServer.logger)
            return try S3ObjectStore(settings, service: service, logger: AWSTestServer.logger)
        }
    }

    // MARK: Encryption

    @Test func theWishForEncryptionGoesWithEveryWrite() async throws {
        try await AWSTestServer.shared().withStore { store in
            var settings = try await settings(of: store)
            settings.encryption = .s3
            let encrypting = try S3ObjectStore(
                settings, service: try await service(for: store), logger: AWSTestServer.logger)
            for (key, megabytes) in [("small", 1), ("large", 9)] {
                let source = ChunkSource(Array(repeating: Self.chunk, count: megabytes))
                try await encrypting.write(try ObjectKey(key), .stream(source, byteCount: nil))
                #expect(try await store.head(try ObjectKey(key)).header("x-amz-server-side-encryption") == "AES256")
            }
        }
    }
}
