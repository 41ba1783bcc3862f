public import NIOCore

/// Where originals and renditions lie.
///
/// Rules that the conformance suite checks on every backend:
/// - A write is all or nothing: a source that throws, ends early or runs long leaves no object, and a reader never
///   sees a part of one. When `write` returns the bytes survive a crash of the process and of the machine.
/// - Deleting what is absent succeeds.
/// - Listing is ordered by key bytes.
/// - A missing object throws ``ANBError/Code/notFound``.
public protocol ObjectStore: Sendable {
    /// What is known of an object without reading it.
    func info(_ key: ObjectKey) async throws -> ObjectInfo

    /// The object's bytes in chunks.
    /// - Parameters:
    ///   - key: The name of the object.
    ///   - range: Byte offsets; clamped to the object's end. `nil` is everything.
    /// - Throws: `notFound` when absent, `invalidRequest` when the range starts at or after the end.
    func read(_ key: ObjectKey, range: Range<Int64>?) async throws -> ObjectBody

    /// Writes an object.
    /// - Throws: `preconditionFailed` when the condition does not hold, `invalidRequest` when the source has more or
    ///   fewer bytes than it promised.
    func write(_ key: ObjectKey, _ source: ObjectSource, condition: WriteCondition) async throws

    /// Removes an object; succeeds when there is none.
    func delete(_ key: ObjectKey) async throws

    /// Objects whose key starts with `prefix` and comes after `after`, at most `limit` (1…1,000).
    func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectInfo]

    /// A URL with which whoever holds it may read the object until it expires. A text that starts with `/` is meant
    /// relative to the API server.
    /// - Parameters:
    ///   - key: The name of the object.
    ///   - expires: How long from now; at least one second.
    func signedURL(for key: ObjectKey, expires: Duration) async throws -> String

    /// Whether the store answers; for readiness.
    func check() async throws
}

extension ObjectStore {
    /// Everything.
    public func read(_ key: ObjectKey) async throws -> ObjectBody { try await read(key, range: nil) }

    /// Writes an object, also over one that is there.
    public func write(_ key: ObjectKey, _ source: ObjectSource) async throws {
        try await write(key, source, condition: .always)
    }

    /// Every object below a prefix, page by page.
    /// - Parameters:
    ///   - prefix: Of the keys; empty is every object.
    ///   - limit: 1…1,000.
    ///   - body: Called once a page, in order.
    public func forEachPage(
        prefix: String, limit: Int = 1000, _ body: ([ObjectInfo]) async throws -> Void
    ) async throws {
        var last: ObjectKey?
        while true {
            let page = try await list(prefix: prefix, after: last, limit: limit)
            if page.isEmpty { return }
            try await body(page)
            last = page.last?.key
        }
    }

    /// Removes every object below a prefix.
    public func deleteAll(prefix: String) async throws {
        try await forEachPage(prefix: prefix) { page in
            for object in page { try await delete(object.key) }
        }
    }
}

/// One object, as a listing tells.
public struct ObjectInfo: Hashable, Sendable {
    /// Its name.
    public var key: ObjectKey
    /// Its size.
    public var byteCount: Int64
    /// When it was written, by the store's clock.
    public var modifiedAt: Timestamp

    /// An object as a store tells of it.
    public init(key: ObjectKey, byteCount: Int64, modifiedAt: Timestamp) {
        self.key = key
        self.byteCount = byteCount
        self.modifiedAt = modifiedAt
    }
}

/// The bytes of an object, or of a part of it.
public struct ObjectBody: Sendable {
    /// What the chunks add up to.
    public var byteCount: Int64
    /// Back-pressured: the next chunk is read when it is asked for.
    public var chunks: any AsyncSequence<ByteBuffer, any Error> & Sendable

    /// A body of so many bytes.
    public init(byteCount: Int64, chunks: any AsyncSequence<ByteBuffer, any Error> & Sendable) {
        self.byteCount = byteCount
        self.chunks = chunks
    }

    /// Everything in one buffer.
    /// - Throws: ``ANBError/Code/tooLarge`` when it is more than `limit` bytes.
    public func collect(upTo limit: Int) async throws -> ByteBuffer {
        guard byteCount <= limit else { throw ANBError(.tooLarge, "The object is too large.") }
        var all = ByteBuffer()
        for try await var chunk in chunks { all.writeBuffer(&chunk) }
        return all
    }
}

/// Where the bytes of a write come from.
public enum ObjectSource: Sendable {
    /// Bytes that are in memory.
    case bytes(ByteBuffer)
    /// A stream; `byteCount` is checked when given.
    case stream(any AsyncSequence<ByteBuffer, any Error> & Sendable, byteCount: Int64?)
    /// A local file that the store may take over: after success it is gone from its path, after a failure it is
    /// still there. A store on the same file system takes it without copying.
    case movingFile(path: String)
}

/// When a write may happen.
public enum WriteCondition: Hashable, Sendable {
    /// Also over an object that is there.
    case always
    /// Only when there is no such object; decided by the store in one step.
    case ifAbsent
}
