import ANBCore
import Foundation
import NIOCore
import Testing

@testable import ANBAWS

@Suite struct SigV4SignerTests {
    // MARK: AWS's own vectors

    @Test func vectorsAreThere() {
        #expect(PublishedVector.all.count >= 38)
        #expect(BotocoreVector.all.count >= 60)
    }

    @Test(arguments: PublishedVector.all)
    func signsThePublishedRequestInAHeader(_ vector: PublishedVector) throws {
        var request = try request(vector)
        if vector.signs_body, case .sha256(let hash) = Self.payload(vector.body) {
            request.headers.append(("x-amz-content-sha256", hash))
        }
        let signed = signer(vector).sign(
            request, payload: Self.payload(vector.body), with: credentials(vector), at: try Vectors.time("2015-08-30T12:36:00Z"))
        let value = try #require(signed.headers.last { $0.name == "Authorization" }?.value)
        #expect(value.hasSuffix("Signature=\(vector.header_signature)"))
    }

    @Test(arguments: PublishedVector.all)
    func signsThePublishedRequestInTheQuery(_ vector: PublishedVector) throws {
        let request = try request(vector)
        let url = signer(vector).presign(
            request, expiresSeconds: 3600, payload: Self.payload(vector.body), with: credentials(vector),
            at: try Vectors.time("2015-08-30T12:36:00Z"))
        #expect(url.hasSuffix("X-Amz-Signature=\(vector.query_signature)"))
    }

    private func signer(_ vector: PublishedVector) -> SigV4Signer {
        SigV4Signer(service: "service", region: "us-east-1", pathRule: vector.normalize ? .normalized : .verbatim)
    }

    private static func payload(_ body: String) -> SigV4Signer.Payload { .sha256(of: ByteBuffer(string: body)) }

    private func credentials(_ vector: PublishedVector) -> AWSCredentials {
        var credentials = Vectors.credentials
        credentials.sessionToken = vector.token
        return credentials
    }

    private func request(_ vector: PublishedVector) throws -> AWSRequest {
        let parts = vector.target.split(separator: "?", maxSplits: 1).map(String.init)
        let path = vector.normalize ? parts[0] : parts[0].percentEncoded(keepsSlashes: true)
        let query = try parts.dropFirst().flatMap { try $0.split(separator: "&").map { try item(String($0)) } }
        return AWSRequest(
            vector.method, try AWSEndpoint("https://example.amazonaws.com"), path: path, query: query,
            headers: vector.headers.map { ($0[0], $0[1]) }, body: .bytes(ByteBuffer(string: vector.body)))
    }

    private func item(_ text: String) throws -> (name: String, value: String) {
        let pair = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return (try #require(pair[0].removingPercentEncoding), try #require(pair.last?.removingPercentEncoding))
    }

    // MARK: botocore

    @Test(arguments: BotocoreVector.all)
    func agreesWithBotocoreByteForByte(_ vector: BotocoreVector) throws {
        let request = AWSRequest(
            vector.method, try AWSEndpoint(vector.endpoint), path: vector.path, query: vector.query.map { ($0[0], $0[1]) },
            headers: vector.headers.map { ($0[0], $0[1]) }, body: .bytes(ByteBuffer(string: vector.body)))
        let signer = SigV4Signer(service: vector.service, region: vector.region)
        var credentials = Vectors.credentials
        credentials.sessionToken = vector.token
        let now = try Vectors.time("2026-11-21T11:32:05Z")
        if let expires = vector.expires {
            #expect(signer.presign(request, expiresSeconds: expires, with: credentials, at: now) == vector.expected)
        } else {
            let signed = signer.sign(request, payload: Self.payload(vector.body), with: credentials, at: now)
            #expect(signed.headers.last { $0.name == "Authorization" }?.value == vector.expected)
        }
    }

    // MARK: The examples of the S3 documentation

    private static let exampleTime = Timestamp(milliseconds: 1_369_353_600_000)
    private static let exampleCredentials = AWSCredentials(
        accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

    @Test(
        arguments: [
            ("GET", "/test.txt", [], ["Range": "bytes=0-9"], "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
            (
                "PUT", "/test$file.text", [],
                ["Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"],
                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
            ),
            ("GET", "/", [["lifecycle", ""]], [:], "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
            (
                "GET", "/", [["max-keys", "2"], ["prefix", "J"]], [:],
                "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
            ),
        ] as [(String, String, [[String]], [String: String], String)])
    func signsTheExamplesOfS3(
        _ method: String, _ path: String, _ query: [[String]], _ headers: [String: String], _ signature: String
    ) throws {
        let body = method == "PUT" ? "Welcome to Amazon S3." : ""
        let request = AWSRequest(
            method, try AWSEndpoint("https://examplebucket.s3.amazonaws.com"), path: path.percentEncoded(keepsSlashes: true),
            query: query.map { ($0[0], $0[1]) }, headers: headers.map { ($0.key, $0.value) },
            body: .bytes(ByteBuffer(string: body)))
        let signed = SigV4Signer(service: "s3", region: "us-east-1").sign(
            request, payload: Self.payload(body), with: Self.exampleCredentials, at: Self.exampleTime)
        let value = try #require(signed.headers.last { $0.name == "Authorization" }?.value)
        #expect(value.hasSuffix("Signature=\(signature)"))
    }

    @Test func presignsTheExampleOfS3() throws {
        let request = AWSRequest("GET", try AWSEndpoint("https://examplebucket.s3.amazonaws.com"), path: "/test.txt")
        let url = SigV4Signer(service: "s3", region: "us-east-1").presign(
            request, expiresSeconds: 86400, with: Self.exampleCredentials, at: Self.exampleTime)
        #expect(url.hasSuffix("X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
    }

    // MARK: Secrets

    @Test func credentialsNeverPrintTheirSecret() {
        let credentials = AWSCredentials(accessKeyID: "AK", secretAccessKey: "geheim", sessionToken: "token-geheim")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), String(describing: [credentials]), dumped] {
            #expect(!text.contains("geheim"))
        }
    }
}
