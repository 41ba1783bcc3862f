import ANBAWS
import ANBCore
import ANBTesting
import AWSTestServer
import AsyncHTTPClient
import Crypto
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@testable import ANBStorage

/// Permissions to upload past us, used as a browser would on a real server.
@Suite struct S3DirectUploadTests {
    private func put(_ url: String, _ body: String, checksumOf text: String? = nil) async throws -> UInt {
        try await answer(url, body, checksumOf: text).status.code
    }

    private func answer(
        _ url: String, _ body: String, checksumOf text: String? = nil
    ) async throws -> HTTPClientResponse {
        var request = HTTPClientRequest(url: url)
        request.method = .PUT
        request.body = .bytes(ByteBuffer(string: body))
        if let text {
            let checksum = Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
            request.headers.add(name: "x-amz-checksum-sha256", value: checksum)
        }
        return try await HTTPClient.shared.execute(request, timeout: .seconds(10))
    }

    /// The same store, whose clock was right two hours ago.
    private func late(_ server: AWSTestServer, _ store: S3ObjectStore) throws -> S3ObjectStore {
        let settings = server.s3Settings(bucket: store.layout.bucket)
        let service = try S3Service(
            settings, http: AWSTestServer.http, credentials: server.credentials,
            clock: ManualClock(now: SystemClock().now - .seconds(7200)), logger: AWSTestServer.logger)
        return try S3ObjectStore(settings, service: service, logger: AWSTestServer.logger)
    }

    @Test func aSignedUploadTakesThePromisedBytesAndNoOthers() async throws {
        try await AWSTestServer.shared().withStore { store in
            let key = try ObjectKey("originals/1/a.mp4")
            let url = try await store.signedUpload(of: key, byteCount: 5, expires: .seconds(60))
            let answers = [
                try await put(url, "longer"), try await put(url.replacing("a.mp4", with: "b.mp4"), "hello"),
                try await put(url, "hello"),
            ]
            #expect(answers == [403, 403, 200])
            let stored = try await store.read(key).collect(upTo: 100)
            #expect(String(buffer: stored) == "hello")
        }
    }

    @Test func aSignedUploadIsRefusedWithAWrongChecksum() async throws {
        try await AWSTestServer.shared().withStore { store in
            let key = try ObjectKey("a")
            let url = try await store.signedUpload(of: key, byteCount: 5, expires: .seconds(60))
            #expect(try await put(url, "hello", checksumOf: "jello") == 400)
            try await expectError(.notFound) { try await store.info(key) }
            #expect(try await put(url, "hello", checksumOf: "hello") == 200)
        }
    }

    @Test func aSignedChecksumTakesItsBytesAndNoOthers() async throws {
        try await AWSTestServer.shared().withStore { store in
            let key = try ObjectKey("uploads/1/0-0")
            let checksum = Data(SHA256.hash(data: Data("hello".utf8))).base64EncodedString()
            let url = try await store.signedUpload(of: key, byteCount: 5, sha256: checksum, expires: .seconds(60))
            let answers = [
                try await put(url, "hello"), try await put(url, "jello", checksumOf: "jello"),
                try await put(url, "jello", checksumOf: "hello"),
            ]
            #expect(answers.allSatisfy { (400..<404).contains($0) }, "\(answers)")
            try await expectError(.notFound) { try await store.info(key) }
            #expect(try await put(url, "hello", checksumOf: "hello") == 200)
        }
    }

    @Test func permissionsEnd() async throws {
        let server = try await AWSTestServer.shared()
        try await server.withStore { store in
            let (late, key) = (try late(server, store), try ObjectKey("a"))
            let url = try await late.signedUpload(of: key, byteCount: 5, expires: .seconds(3600))
            #expect(try await put(url, "hello") == 403)
            let form = try await late.uploadForm(for: key, contentType: "video/mp4", byteCountMax: 5, expires: .seconds(3600))
            #expect(try await post(form, "hello") == 403)
            try await expectError(.notFound) { try await store.info(key) }
        }
    }

    @Test func whoChangesAPermissionHasNone() async throws {
        try await AWSTestServer.shared().withStore { store in
            let key = try ObjectKey("a")
            let url = try await store.signedUpload(of: key, byteCount: 5, expires: .seconds(60))
            let changed = [
                url.replacing("X-Amz-Expires=60", with: "X-Amz-Expires=6000"), url.replacing("/a?", with: "/b?"),
                String(url.dropLast()) + (url.hasSuffix("0") ? "1" : "0"), url + "&versionId=1",
            ]
            for url in changed { #expect(try await put(url, "hello") == 403, "\(url)") }
            let read = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(10))
            #expect(read.status.code == 403)
            try await expectError(.notFound) { try await store.info(key) }
        }
    }

    @Test func partsArriveByTheirSignedURLs() async throws {
        try await AWSTestServer.shared().withStore { store in
            let key = try ObjectKey("originals/1/parts.mp4")
            let service = store.service
            func request(_ query: [(name: String, value: String)], _ body: String = "") -> AWSRequest {
                service.request(
                    "POST", bucket: store.layout.bucket, name: "\(key)", query: query, body: .bytes(ByteBuffer(string: body)))
            }
            let begun = try await service.send(request([("uploads", "")]))
            let id = try #require(try MarkupElement.parse(begun.body).text("UploadId"))
            // S3 wants 5 MiB of every part but the last.
            let first = String(repeating: "x", count: 5 << 20)
            let url = try await store.signedPartUpload(
                of: key, upload: id, part: 1, byteCount: Int64(first.utf8.count), expires: .seconds(60))
            let last = try await store.signedPartUpload(of: key, upload: id, part: 2, byteCount: 3, expires: .seconds(60))
            #expect(try await put(last, "long") == 403)
            #expect(try await put(last.replacing("partNumber=2", with: "partNumber=3"), "end") == 403)
            let answers = [try await answer(url, first), try await answer(last, "end")]
            #expect(answers.map(\.status.code) == [200, 200])
            let tags = try answers.map { try #require($0.headers.first(name: "ETag")) }
            let parts = tags.enumerated().map { "<Part><PartNumber>\($0 + 1)</PartNumber><ETag>\($1)</ETag></Part>" }.joined()
            let body = "<CompleteMultipartUpload>\(parts)</CompleteMultipartUpload>"
            _ = try await service.send(request([("uploadId", id)], body), .init(payload: .sha256(of: ByteBuffer(string: body))))
            let stored = try await store.read(key).collect(upTo: 8 << 20)
            #expect(stored == ByteBuffer(string: first + "end"))
        }
    }

    @Test func aSignedPartBelongsToItsUpload() async throws {
        try await AWSTestServer.shared().withStore { store in
            let key = try ObjectKey("a")
            let url = try await store.signedPartUpload(of: key, upload: "none", part: 1, byteCount: 1, expires: .seconds(60))
            #expect(url.contains("partNumber=1&uploadId=none"))
            let answer = try await put(url, "x")
            #expect(answer == 404)
            for part in [0, 10_001] {
                try await expectError(.invalidRequest) {
                    try await store.signedPartUpload(of: key, upload: "u", part: part, byteCount: 1, expires: .seconds(60))
                }
            }
        }
    }

    @Test func aFormTakesWhatItsPolicyAllows() async throws {
        try await AWSTestServer.shared().withStore { store in
            let key = try ObjectKey("originals/1/form.mp4")
            let form = try await store.uploadForm(for: key, contentType: "video/mp4", byteCountMax: 5, expires: .seconds(60))
            var other = form
            other.fields[0].value = "another"
            let refused = [
                try await post(form, "longer"), try await post(other, "hello"), try await post(form, "hello", type: "text/html"),
                try await post(form.changing("policy") { $0.replacing("A", with: "B") }, "hello"),
                try await post(form.changing("X-Amz-Signature") { String($0.reversed()) }, "hello"),
            ]
            #expect(refused.allSatisfy { (400..<500).contains($0) }, "\(refused)")
            try await expectError(.notFound) { try await store.info(key) }
            #expect((200..<300).contains(try await post(form, "hello")))
            let stored = try await store.read(key).collect(upTo: 100)
            #expect(String(buffer: stored) == "hello")
            try await expectError(.notFound) { try await store.info(try ObjectKey("another")) }
        }
    }

    @Test func aContentTypeCannotBreakThePolicy() async throws {
        try await AWSTestServer.shared().withStore { store in
            for type in ["", "a\"b", "a\\b", "a b", "é"] {
                try await expectError(.invalidRequest) {
                    try await store.uploadForm(
                        for: try ObjectKey("a"), contentType: type, byteCountMax: 5, expires: .seconds(60))
                }
            }
        }
    }

    /// - Parameter type: Said instead of the form's own.
    private func post(_ form: UploadForm, _ content: String, type: String? = nil) async throws -> UInt {
        let form = type.map { type in form.changing("Content-Type") { _ in type } } ?? form
        var body = form.fields.map { "--b\r\nContent-Disposition: form-data; name=\"\($0.name)\"\r\n\r\n\($0.value)\r\n" }
            .joined()
        body += "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\nContent-Type: video/mp4\r\n\r\n"
        body += "\(content)\r\n--b--\r\n"
        var request = HTTPClientRequest(url: form.url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "multipart/form-data; boundary=b")
        request.body = .bytes(ByteBuffer(string: body))
        return try await HTTPClient.shared.execute(request, timeout: .seconds(10)).status.code
    }
}

extension UploadForm {
    fileprivate func changing(_ name: String, _ change: (String) -> String) -> UploadForm {
        var form = self
        for index in form.fields.indices where form.fields[index].name.lowercased() == name.lowercased() {
            form.fields[index].value = change(form.fields[index].value)
        }
        return form
    }
}
