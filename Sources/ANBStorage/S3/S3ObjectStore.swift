import ANBAWS
public import ANBCore
package import Logging
import NIOCore
import NIOHTTP1
package import NIOPosix

/// Objects in S3, or in a store that speaks its protocol.
///
/// Up to `partBytes` an object is one request; larger ones are uploaded in parts, some at a time, and become visible
/// in one step when all are there. Every request carries the SHA-256 of its body, twice: in the signature, and as
/// the checksum that S3 keeps with the object. A process that is killed in an upload leaves invisible parts, which a
/// lifecycle rule of the bucket removes.
public struct S3ObjectStore: ObjectStore {
    /// Bytes of a part; S3 wants at least 5 MiB and at most 10,000 of them.
    static let partBytes = 8 << 20
    /// Parts on their way at the same time. Of a local file only a few chunks of each are in memory; of a stream all of
    /// them and the one being read.
    static let concurrentPartsMax = 3
    static let partCountMax = 10_000
    /// The longest life that SigV4 allows a URL.
    static let signedURLSecondsMax: Int64 = 604_800

    let service: S3Service
    let layout: S3Layout
    let encryption: S3Settings.Encryption?
    let ids: any IDGenerator
    let logger: Logger
    private let threads: FileThreads

    /// Asks nothing of the service yet; ``check()`` does.
    /// - Throws: `ANBError.Code.misconfigured` when a setting cannot be right.
    package init(
        _ settings: S3Settings, service: S3Service, ids: any IDGenerator = SystemIDs(), threads: NIOThreadPool = .singleton,
        logger: Logger
    ) throws {
        self.service = service
        layout = try S3Layout(settings)
        encryption = settings.encryption
        self.ids = ids
        self.logger = logger
        self.threads = FileThreads(threads)
    }

    public func info(_ key: ObjectKey) async throws -> ObjectInfo {
        let answer = try await head(key)
        guard let length = answer.header("Content-Length").flatMap(Int64.init),
            let modifiedAt = answer.header("Last-Modified").flatMap(S3Times.header)
        else { throw S3Service.strangeAnswer("the description of \(key)") }
        return ObjectInfo(key: key, byteCount: length, modifiedAt: modifiedAt)
    }

    public func write(_ key: ObjectKey, _ source: ObjectSource, condition: WriteCondition) async throws {
        let upload = S3Upload(store: self, key: key, condition: condition)
        switch source {
        case .bytes(let bytes):
            try await upload.run(cutting(OneChunk(bytes)), byteCount: Int64(bytes.readableBytes))
        case .stream(let chunks, let byteCount):
            try await upload.run(cutting(chunks, promised: byteCount), byteCount: byteCount)
        case .movingFile(let path):
            let file = try await LocalFile.open(path, threads)
            try await upload.run(FileParts(file, partBytes: Self.partBytes), byteCount: file.range.upperBound)
            try? await threads.run("removing a moved file") { source.removeMovedFile() }
        }
    }

    private func cutting(
        _ chunks: any AsyncSequence<ByteBuffer, any Error>, promised: Int64? = nil
    ) -> PartCutter {
        PartCutter(chunks, promised: promised, partBytes: Self.partBytes)
    }

    public func delete(_ key: ObjectKey) async throws {
        let (bucket, name) = try layout.location(of: key)
        try await doing("deleting \(key)") {
            _ = try await service.send(service.request("DELETE", bucket: bucket, name: name))
        }
    }

    public func signedURL(for key: ObjectKey, expires: Duration) async throws -> String {
        let (bucket, name) = try layout.location(of: key)
        let seconds = try Self.checkLife(expires)
        return try await service.client.presign(service.request("GET", bucket: bucket, name: name), expiresSeconds: seconds)
    }

    /// - Throws: `ANBError.Code.unavailable` telling in one line which bucket does not answer and why.
    public func check() async throws {
        for bucket in layout.buckets {
            let request = service.request("GET", bucket: bucket, query: [("list-type", "2"), ("max-keys", "1")])
            try await doing("S3 bucket \(bucket)") { _ = try await service.send(request) }
        }
    }

    func head(_ key: ObjectKey) async throws -> AWSResponse {
        let (bucket, name) = try layout.location(of: key)
        return try await doing("asking for \(key)", about: key) {
            try await service.send(service.request("HEAD", bucket: bucket, name: name))
        }
    }

    /// - Throws: `ANBError.Code.invalidRequest` unless it is 1…604,800 s.
    static func checkLife(_ expires: Duration) throws -> Int64 {
        guard (.seconds(1)...(.seconds(signedURLSecondsMax))).contains(expires) else {
            throw ANBError(.invalidRequest, "The link's life is out of range.", operatorMessage: "a URL for \(expires)")
        }
        return expires.components.seconds
    }
}

// MARK: - Errors

extension S3ObjectStore {
    /// Runs requests, and tells what was being done when one fails.
    /// - Parameter key: Whose absence is no fault.
    func doing<Value>(
        _ action: String, about key: ObjectKey? = nil, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as AWSServiceError {
            // The answer to HEAD has no body, so the code may be missing.
            if let key, error.status == 404, ["NoSuchKey", ""].contains(error.code) { throw ANBError.objectNotFound(key) }
            throw error.translated(doing: action)
        }
    }
}

extension S3Service {
    static func strangeAnswer(_ what: String) -> ANBError { .unavailable("S3 answers something that is not \(what)") }
}

/// A buffer as a stream of one chunk.
private struct OneChunk: AsyncSequence, AsyncIteratorProtocol, Sendable {
    typealias Failure = any Error

    private var chunk: ByteBuffer?

    init(_ chunk: ByteBuffer) { self.chunk = chunk }

    func makeAsyncIterator() -> OneChunk { self }
    mutating func next() async throws -> ByteBuffer? { chunk.take() }
}
