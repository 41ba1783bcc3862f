import ANBAWS
import ANBCore
import ANBTesting
import AWSTestServer
import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import ANBStorage

/// Uploads of local files, whose parts are read while they are sent.
@Suite struct FilePartsTests {
    private func withFile(_ content: String, _ body: (String) async throws -> Void) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "anb-parts-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(content.utf8).write(to: file)
        try await body(file.path)
    }

    private func parts(_ path: String, _ partBytes: Int) async throws -> FileParts {
        FileParts(try await LocalFile.open(path, FileThreads(.singleton)), partBytes: partBytes)
    }

    @Test(arguments: [(0, [0]), (1, [1]), (9, [9]), (10, [10]), (11, [10, 1]), (20, [10, 10]), (25, [10, 10, 5])])
    func aFileIsCutIntoEqualPartsAndARest(_ byteCount: Int, _ sizes: [Int64]) async throws {
        try await withFile(String(repeating: "x", count: byteCount)) { path in
            var parts = try await parts(path, 10)
            var found: [Int64] = []
            while let part = try await parts.next() {
                guard case .chunks(let chunks, let byteCount) = part.body else { throw ConformanceFailure("a part in memory") }
                var bytes = ByteBuffer()
                for try await var chunk in chunks { bytes.writeBuffer(&chunk) }
                #expect(bytes.readableBytes == Int(byteCount))
                #expect(part.payload == .sha256(of: bytes))
                #expect(part.number == found.count + 1)
                found.append(byteCount)
            }
            #expect(found == sizes)
        }
    }

    @Test func aFileThatBecomesShorterIsAnError() async throws {
        try await withFile("0123456789abcdef") { path in
            var parts = try await parts(path, 10)
            let file = try FileHandle(forWritingTo: URL(filePath: path))
            try file.truncate(atOffset: 4)
            try file.close()
            try await expectError(.corrupted) { _ = try await parts.next() }
        }
    }

    @Test(arguments: [true, false])
    func checksumsAreToldToAServiceThatKeepsThem(_ keeps: Bool) async throws {
        let endpoint = FakeEndpoint { question, _ in
            let checksum = keeps ? question.headers["x-amz-checksum-sha256"].map { ["x-amz-checksum-sha256": $0] } : nil
            if question.method == "PUT" { return .init(200, headers: ["ETag": "\"1\""].merging(checksum ?? [:]) { $1 }) }
            let begins = question.target.contains("uploads=")
            return .init(200, begins ? "<R><UploadId>u</UploadId></R>" : "<CompleteMultipartUploadResult/>")
        }
        try await endpoint.listening { url in
            try await withFile(String(repeating: "x", count: 9 << 20)) { path in
                try await store(url).write(try ObjectKey("a"), .movingFile(path: path))
            }
        }
        let parts = endpoint.questions.filter { $0.method == "PUT" }.compactMap { $0.headers["x-amz-checksum-sha256"] }
        #expect(parts.count == 2)
        let completion = try #require(endpoint.questions.last { $0.method == "POST" }).body
        for checksum in parts { #expect(completion.contains("<ChecksumSHA256>\(checksum)<") == keeps) }
        #expect(completion.contains("Checksum") == keeps)
    }

    private func store(_ url: String) throws -> S3ObjectStore {
        let settings = S3Settings(bucket: "bucket", region: "us-east-1", endpoint: url, usesPathStyle: true)
        let service = try S3Service(
            settings, http: AWSTestServer.http, credentials: AWSCredentials(accessKeyID: "AK", secretAccessKey: "s"),
            policy: RetryPolicy(firstPauseMax: .milliseconds(1)), logger: AWSTestServer.logger)
        return try S3ObjectStore(settings, service: service, logger: AWSTestServer.logger)
    }

    @Test func aPartThatIsSentAgainIsWhole() async throws {
        let content = String(repeating: "0123456789abcdef", count: (9 << 20) / 16)
        let failed = Mutex<Set<String>>([])
        let endpoint = FakeEndpoint { question, _ in
            if question.method == "PUT" {
                let isFirst = failed.withLock { $0.insert(question.target).inserted }
                return isFirst ? .init(500) : .init(200, headers: ["ETag": "\"1\""])
            }
            let begins = question.target.contains("uploads=")
            return .init(200, begins ? "<R><UploadId>u</UploadId></R>" : "<CompleteMultipartUploadResult/>")
        }
        try await endpoint.listening { url in
            try await withFile(content) { try await store(url).write(try ObjectKey("a"), .movingFile(path: $0)) }
        }
        let sent = endpoint.questions.filter { $0.method == "PUT" }
        for number in 1...2 {
            let bodies = sent.filter { $0.target.contains("partNumber=\(number)&") }.map(\.body)
            // On a very busy machine an attempt may also run out of time.
            #expect(bodies.count >= 2)
            let start = (number - 1) * S3ObjectStore.partBytes
            let expected = Data(content.utf8).dropFirst(start).prefix(S3ObjectStore.partBytes)
            #expect(bodies.allSatisfy { Data($0.utf8) == expected })
        }
    }
}
