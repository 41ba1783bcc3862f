public import ANBCore
import NIOCore
public import NIOPosix
import Synchronization

/// Objects in memory, for tests and demonstrations. They are gone with the process.
public final class MemoryObjectStore: ObjectStore {
    private struct Entry {
        var bytes: ByteBuffer
        var modifiedAt: Timestamp
    }

    private let entries = Mutex<[ObjectKey: Entry]>([:])
    private let signer: LocalURLSigner
    private let clock: any WallClock
    private let threads: FileThreads

    /// - Parameters:
    ///   - signer: Makes the URLs that the API server serves.
    ///   - clock: The time.
    ///   - threads: Where files that move into the store are read.
    public init(signer: LocalURLSigner, clock: any WallClock = SystemClock(), threads: NIOThreadPool = .singleton) {
        self.signer = signer
        self.clock = clock
        self.threads = FileThreads(threads)
    }

    public func info(_ key: ObjectKey) async throws -> ObjectInfo {
        try entries.withLock { try Self.info(key, $0[key]) }
    }

    public func read(_ key: ObjectKey, range: Range<Int64>?) async throws -> ObjectBody {
        guard let entry = entries.withLock({ $0[key] }) else { throw ANBError.objectNotFound(key) }
        let range = try clamp(range, toByteCount: Int64(entry.bytes.readableBytes))
        let part = entry.bytes.getSlice(at: entry.bytes.readerIndex + Int(range.lowerBound), length: range.count)
        return ObjectBody(byteCount: Int64(range.count), chunks: BufferChunks(rest: part ?? ByteBuffer()))
    }

    public func write(_ key: ObjectKey, _ source: ObjectSource, condition: WriteCondition) async throws {
        let bytes = try await collect(source)
        // A cancelled stream may look like one that has ended.
        try Task.checkCancellation()
        try entries.withLock { entries in
            if condition == .ifAbsent, entries[key] != nil { throw ANBError.objectExists(key) }
            entries[key] = Entry(bytes: bytes, modifiedAt: clock.now)
        }
        try? await threads.run("removing a moved file") { source.removeMovedFile() }
    }

    public func delete(_ key: ObjectKey) async throws { entries.withLock { $0[key] = nil } }

    public func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectInfo] {
        try checkListLimit(limit)
        return try entries.withLock { entries in
            try entries.keys
                .filter { key in key.description.hasPrefix(prefix) && after.map { $0 < key } ?? true }
                .sorted()
                .prefix(limit)
                .map { try Self.info($0, entries[$0]) }
        }
    }

    public func signedURL(for key: ObjectKey, expires: Duration) async throws -> String {
        try signer.sign(key, expires: expires, now: clock.now)
    }

    public func check() async throws {}

    private static func info(_ key: ObjectKey, _ entry: Entry?) throws -> ObjectInfo {
        guard let entry else { throw ANBError.objectNotFound(key) }
        return ObjectInfo(key: key, byteCount: Int64(entry.bytes.readableBytes), modifiedAt: entry.modifiedAt)
    }

    private func collect(_ source: ObjectSource) async throws -> ByteBuffer {
        switch source {
        case .bytes(let bytes): bytes
        case .stream(let chunks, let byteCount): try await Self.collect(chunks, promised: byteCount)
        case .movingFile(let path): try await Self.collect(LocalFile.open(path, threads), promised: nil)
        }
    }

    private static func collect(
        _ chunks: any AsyncSequence<ByteBuffer, any Error> & Sendable, promised: Int64?
    ) async throws -> ByteBuffer {
        var bytes = PromisedBytes(promised)
        var all = ByteBuffer()
        for try await var chunk in chunks {
            try bytes.add(chunk.readableBytes)
            all.writeBuffer(&chunk)
        }
        try bytes.finish()
        return all
    }
}

/// A buffer in pieces of the size that file stores deliver.
private struct BufferChunks: AsyncSequence, AsyncIteratorProtocol, Sendable {
    typealias Failure = any Error

    var rest: ByteBuffer

    func makeAsyncIterator() -> BufferChunks { self }

    mutating func next() async throws -> ByteBuffer? {
        let count = Swift.min(rest.readableBytes, Int(FileChunks.chunkBytes))
        return count == 0 ? nil : rest.readSlice(length: count)
    }
}
