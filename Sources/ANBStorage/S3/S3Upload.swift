import ANBAWS
import ANBCore
import Foundation
import Logging
import NIOCore

/// One write: a single request, or parts that become an object in one step.
struct S3Upload: Sendable {
    /// Noted with the object, so that an answer that got lost can be told from somebody else's write.
    private static let writeHeader = "x-amz-meta-anb-write"
    /// Slower than about 70 KB/s is a broken line.
    private static let partTimeMax: Duration = .seconds(120)

    let store: S3ObjectStore
    let key: ObjectKey
    let condition: WriteCondition
    private let writeID: String

    init(store: S3ObjectStore, key: ObjectKey, condition: WriteCondition) {
        self.store = store
        self.key = key
        self.condition = condition
        writeID = store.ids.uuid().uuidString
    }

    /// - Parameter byteCount: Of all parts, when it is known.
    func run(_ parts: some UploadParts, byteCount: Int64?) async throws {
        try checkSize(byteCount)
        var parts = parts
        guard let first = try await parts.next() else { throw ANBError.internal("an upload has no first part") }
        guard let second = try await parts.next() else { return try await put(first) }
        let id = try await begin()
        do {
            let completed = try await send(first, second, parts, to: id)
            try Task.checkCancellation()
            try await complete(id, completed)
        } catch {
            await abort(id)
            throw error
        }
    }

    private func checkSize(_ byteCount: Int64?) throws {
        let most = Int64(S3ObjectStore.partBytes) * Int64(S3ObjectStore.partCountMax)
        guard byteCount ?? 0 <= most else { throw ANBError(.tooLarge, "The file is too large to be stored.") }
    }

    // MARK: Requests

    private func put(_ part: UploadPart) async throws {
        let request = try request("PUT", headers: objectHeaders + checksumHeaders(part) + conditionHeaders, body: part.body)
        try await decided("writing \(key)") { try await store.service.send(request, options(part)) }
    }

    /// - Returns: The upload's id.
    private func begin() async throws -> String {
        let headers = objectHeaders + [("x-amz-checksum-algorithm", "SHA256")]
        let request = try request("POST", query: [("uploads", "")], headers: headers)
        let answer = try await store.doing("beginning to write \(key)") {
            try await store.service.send(request, .init(rule: .onlyWhenRefused))
        }
        guard let id = try? MarkupElement.parse(answer.body).text("UploadId"), !id.isEmpty else {
            throw S3Service.strangeAnswer("the id of an upload")
        }
        return id
    }

    private func complete(_ id: String, _ parts: [CompletedPart]) async throws {
        let body = ByteBuffer(
            string: "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + parts.sorted { $0.number < $1.number }.map(\.markup).joined() + "</CompleteMultipartUpload>")
        let request = try request(
            "POST", query: [("uploadId", id)], headers: [("Content-Type", "application/xml")] + conditionHeaders,
            body: .bytes(body))
        let options = AWSClient.Options(
            payload: .sha256(of: body), attemptTimeMax: Self.partTimeMax, refusalInside: Self.lateRefusal)
        try await decided("finishing to write \(key)") { try await store.service.send(request, options) }
    }

    /// S3 answers 200 before it knows the outcome; an error may follow in the body.
    private static func lateRefusal(_ answer: AWSResponse) -> AWSServiceError? {
        let document = try? MarkupElement.parse(answer.body)
        if document?.name == "CompleteMultipartUploadResult" { return nil }
        return AWSServiceError(
            status: 500, code: document?.text("Code") ?? "", message: document?.text("Message") ?? "the upload was not completed")
    }

    /// In a task of its own, because the one that uploads may be cancelled; it is waited for.
    private func abort(_ id: String) async {
        let result = await Task {
            let request = try request("DELETE", query: [("uploadId", id)])
            _ = try await store.service.send(request)
        }.result
        if case .failure(let error) = result {
            store.logger.warning("parts of an upload stay behind", metadata: ["key": "\(key)", "error": "\(error)"])
        }
    }

    private func request(
        _ method: String, query: [(name: String, value: String)] = [], headers: [(name: String, value: String)] = [],
        body: AWSBody = .bytes(ByteBuffer())
    ) throws -> AWSRequest {
        let (bucket, name) = try store.layout.location(of: key)
        return store.service.request(method, bucket: bucket, name: name, query: query, headers: headers, body: body)
    }

    private var objectHeaders: [(name: String, value: String)] {
        [(Self.writeHeader, writeID)] + (store.encryption?.headers ?? [])
    }

    private var conditionHeaders: [(name: String, value: String)] {
        condition == .ifAbsent ? [("If-None-Match", "*")] : []
    }

    private func checksumHeaders(_ part: UploadPart) -> [(name: String, value: String)] {
        [("x-amz-checksum-sha256", part.checksum)]
    }

    private func options(_ part: UploadPart) -> AWSClient.Options {
        .init(payload: part.payload, attemptTimeMax: Self.partTimeMax)
    }
}

// MARK: - Parts

private struct CompletedPart: Sendable {
    var number: Int
    var etag: String
    /// `nil` when the service keeps none; one that knows no checksums refuses to be told of them.
    var checksum: String?

    var markup: String {
        let checksum = checksum.map { "<ChecksumSHA256>\($0)</ChecksumSHA256>" } ?? ""
        return "<Part><PartNumber>\(number)</PartNumber><ETag>\(etag.xmlEscaped)</ETag>\(checksum)</Part>"
    }
}

extension S3Upload {
    /// Sends the two parts that were read already and the rest.
    private func send(
        _ first: UploadPart, _ second: UploadPart, _ rest: some UploadParts, to id: String
    ) async throws -> [CompletedPart] {
        try await withThrowingTaskGroup(of: CompletedPart.self) { group in
            var rest = rest
            var completed: [CompletedPart] = []
            group.addTask { try await self.send(first, to: id) }
            group.addTask { try await self.send(second, to: id) }
            var sending = 2
            while let part = try await rest.next() {
                if sending == S3ObjectStore.concurrentPartsMax, let done = try await group.next() {
                    completed.append(done)
                    sending -= 1
                }
                guard part.number <= S3ObjectStore.partCountMax else {
                    throw ANBError(.tooLarge, "The file is too large to be stored.")
                }
                group.addTask { try await self.send(part, to: id) }
                sending += 1
            }
            for try await done in group { completed.append(done) }
            return completed
        }
    }

    private func send(_ part: UploadPart, to id: String) async throws -> CompletedPart {
        let request = try request(
            "PUT", query: [("partNumber", "\(part.number)"), ("uploadId", id)], headers: checksumHeaders(part), body: part.body)
        let answer = try await store.doing("writing part \(part.number) of \(key)") {
            try await store.service.send(request, options(part))
        }
        guard let etag = answer.header("ETag") else { throw S3Service.strangeAnswer("the receipt of a part") }
        let keepsChecksum = answer.header("x-amz-checksum-sha256") != nil
        return CompletedPart(number: part.number, etag: etag, checksum: keepsChecksum ? part.checksum : nil)
    }
}

// MARK: - Lost answers

extension S3Upload {
    private enum Standing { case mine, somebodyElses, absent }

    /// Runs the request that makes the object visible.
    /// - Throws: `preconditionFailed` when there is such an object and this write did not make it.
    private func decided<Value>(_ action: String, _ body: () async throws -> Value) async throws {
        do {
            _ = try await body()
        } catch let error as AWSServiceError {
            guard Self.meansDecided(error) else { throw error.translated(doing: action) }
            // Perhaps an attempt before succeeded and only its answer was lost.
            switch try await standing() {
            case .mine: return
            case .somebodyElses where condition == .ifAbsent: throw ANBError.objectExists(key)
            case .somebodyElses, .absent: throw error.translated(doing: action)
            }
        }
    }

    private static func meansDecided(_ error: AWSServiceError) -> Bool {
        error.status == 412 || ["NoSuchUpload", "ConditionalRequestConflict"].contains(error.code)
    }

    private func standing() async throws -> Standing {
        do {
            return try await store.head(key).header(Self.writeHeader) == writeID ? .mine : .somebodyElses
        } catch let error as ANBError where error.code == .notFound {
            return .absent
        }
    }
}

extension S3Settings.Encryption {
    var headers: [(name: String, value: String)] {
        let name = "x-amz-server-side-encryption"
        switch self {
        case .s3: return [(name, "AES256")]
        case .kms(let keyID): return [(name, "aws:kms")] + (keyID.map { [("\(name)-aws-kms-key-id", $0)] } ?? [])
        }
    }
}
