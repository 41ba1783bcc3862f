import ANBCore
import Foundation
import NIOCore

/// An object store as somebody else might write one, on the port alone.
actor ShelfObjectStore: ObjectStore {
    private var shelf: [ObjectKey: (bytes: ByteBuffer, at: Timestamp)] = [:]

    func info(_ key: ObjectKey) throws -> ObjectInfo {
        guard let object = shelf[key] else { throw ANBError(.notFound, "The file does not exist.") }
        return ObjectInfo(key: key, byteCount: Int64(object.bytes.readableBytes), modifiedAt: object.at)
    }

    func read(_ key: ObjectKey, range: Range<Int64>?) throws -> ObjectBody {
        let whole = 0..<(try info(key).byteCount)
        let wanted = range ?? whole
        guard whole.contains(wanted.lowerBound) || (range == nil && whole.isEmpty), let bytes = shelf[key]?.bytes else {
            throw ANBError(.invalidRequest, "The part lies outside of the file.")
        }
        let part = wanted.clamped(to: whole)
        let slice = bytes.getSlice(at: Int(part.lowerBound), length: part.count) ?? ByteBuffer()
        return ObjectBody(byteCount: Int64(part.count), chunks: Self.chunks(of: slice))
    }

    func write(_ key: ObjectKey, _ source: ObjectSource, condition: WriteCondition) async throws {
        let bytes = try await Self.collect(source)
        try Task.checkCancellation()
        // From here on nothing is awaited, so nobody comes between the question and the write.
        if condition == .ifAbsent, shelf[key] != nil { throw ANBError(.preconditionFailed, "The file exists already.") }
        shelf[key] = (bytes, SystemClock().now)
        if case .movingFile(let path) = source { try? FileManager.default.removeItem(atPath: path) }
    }

    func delete(_ key: ObjectKey) { shelf[key] = nil }

    func list(prefix: String, after: ObjectKey?, limit: Int) throws -> [ObjectInfo] {
        guard (1...1000).contains(limit) else { throw ANBError(.invalidRequest, "The limit must be 1 to 1000.") }
        let keys = shelf.keys.filter { key in key.description.hasPrefix(prefix) && after.map { $0 < key } ?? true }
        return try keys.sorted().prefix(limit).map { try info($0) }
    }

    func signedURL(for key: ObjectKey, expires: Duration) throws -> String {
        guard expires >= .seconds(1) else { throw ANBError(.invalidRequest, "The link would expire at once.") }
        return "https://shelf.example/\(key)?until=\((SystemClock().now + expires).seconds)"
    }

    func check() {}

    private static func chunks(of bytes: ByteBuffer) -> AsyncThrowingStream<ByteBuffer, any Error> {
        AsyncThrowingStream { stream in
            if bytes.readableBytes > 0 { stream.yield(bytes) }
            stream.finish()
        }
    }

    /// All of it before anybody sees a byte: a source that throws, ends early or runs long leaves nothing.
    private static func collect(_ source: ObjectSource) async throws -> ByteBuffer {
        switch source {
        case .bytes(let bytes): return bytes
        case .movingFile(let path):
            guard let data = FileManager.default.contents(atPath: path) else {
                throw ANBError(.notFound, "The file does not exist.", operatorMessage: "there is no file \(path)")
            }
            return ByteBuffer(bytes: data)
        case .stream(let chunks, let promised):
            var all = ByteBuffer()
            for try await var chunk in chunks {
                all.writeBuffer(&chunk)
                guard promised.map({ all.readableBytes <= $0 }) ?? true else { break }
            }
            guard promised.map({ $0 == all.readableBytes }) ?? true else {
                throw ANBError(.invalidRequest, "The upload does not have the size that was announced.")
            }
            return all
        }
    }
}
