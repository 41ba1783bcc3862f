import ANBCore
import ANBTesting
import AWSTestServer
import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Testing

@testable import ANBStorage

/// Permissions to upload past us, used as a browser would on a real server.
@Suite struct S3DirectUploadTests {
    private func put(_ url: String, _ body: String) async throws -> UInt {
        var request = HTTPClientRequest(url: url)
        request.method = .PUT
        request.body = .bytes(ByteBuffer(string: body))
        return try await HTTPClient.shared.execute(request, timeout: .seconds(10)).status.code
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
            let answers = [try await post(form, "longer"), try await post(other, "hello"), try await post(form, "hello")]
            #expect(answers[0] >= 400 && answers[1] >= 400)
            #expect((200..<300).contains(answers[2]))
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

    private func post(_ form: UploadForm, _ content: String) async throws -> UInt {
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
