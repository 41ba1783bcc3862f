import ANBCore
import NIOCore

/// The one object store as one process reaches it.
struct StorePort: ObjectStore {
    let port: Port
    let scratch: ProcessScratch

    private var objects: Objects { port.world.objects }

    func info(_ key: ObjectKey) async throws -> ObjectInfo {
        let objects = objects
        return try await port.call("looks at \(key)") { try Self.info(key, objects.entries[key]) }
    }

    func read(_ key: ObjectKey, range: Range<Int64>?) async throws -> ObjectBody {
        let objects = objects
        let bytes = try await port.call("opens \(key)") {
            guard let entry = objects.entries[key] else { throw Self.missing(key) }
            return entry.bytes
        }
        return ObjectBody(byteCount: Int64(bytes.count), chunks: ReadChunks(port: port, rest: bytes[...]))
    }

    func write(_ key: ObjectKey, _ source: ObjectSource, condition: WriteCondition) async throws {
        let bytes = try await bytes(of: source)
        let world = port.world
        let process = port.process
        try await port.call("writes \(key)") {
            if condition == .ifAbsent, world.objects.entries[key] != nil {
                throw ANBError(.preconditionFailed, "There is such an object already.")
            }
            world.objects.write(key, bytes, at: Timestamp(milliseconds: world.scheduler.now), by: process)
        }
        if case .movingFile(let path) = source { scratch.remove(path) }
    }

    func delete(_ key: ObjectKey) async throws {
        let world = port.world
        try await port.call("deletes \(key)") {
            if world.objects.entries[key] != nil { world.checker.willRemove(key) }
            world.objects.remove(key)
        }
    }

    func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectInfo] {
        let objects = objects
        return try await port.call("lists \(prefix)") {
            try objects.keys.filter { key in
                key.description.hasPrefix(prefix) && after.map { $0.description < key.description } ?? true
            }.prefix(limit).map { try Self.info($0, objects.entries[$0]) }
        }
    }

    func signedURL(for key: ObjectKey, expires: Duration) async throws -> String { "/media/\(key)" }

    func check() async throws {}

    private static func info(_ key: ObjectKey, _ entry: Objects.Entry?) throws -> ObjectInfo {
        guard let entry else { throw missing(key) }
        return ObjectInfo(key: key, byteCount: Int64(entry.bytes.count), modifiedAt: entry.modifiedAt)
    }

    private static func missing(_ key: ObjectKey) -> ANBError { ANBError(.notFound, "There is no such object.") }

    private func bytes(of source: ObjectSource) async throws -> [UInt8] {
        switch source {
        case .bytes(let buffer): return Array(buffer.readableBytesView)
        case .movingFile(let path): return try scratch.bytes(at: path)
        case .stream(let chunks, _):
            var all: [UInt8] = []
            for try await chunk in chunks { all += Array(chunk.readableBytesView) }
            return all
        }
    }
}

/// A stored object in two pieces, each of which may be the last that arrives.
private struct ReadChunks: AsyncSequence, AsyncIteratorProtocol, Sendable {
    typealias Failure = any Error

    let port: Port
    var rest: ArraySlice<UInt8>

    func makeAsyncIterator() -> ReadChunks { self }

    mutating func next() async throws -> ByteBuffer? {
        if rest.isEmpty { return nil }
        try await port.call("reads on") {}
        let count = Swift.max(1, rest.count / 2)
        defer { rest = rest.dropFirst(count) }
        return ByteBuffer(bytes: rest.prefix(count))
    }
}
