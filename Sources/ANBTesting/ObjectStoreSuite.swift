public import ANBCore
import NIOCore

/// What every `ObjectStore` must do. Each case wants a fresh, empty store.
public enum ObjectStoreSuite {
    /// Every rule of `ObjectStore`.
    public static let suite = ConformanceSuite<any ObjectStore>(
        "object store", writing + conditions + reading + listing + deleting + moving + concurrency)
}

extension ObjectStore {
    func put(_ key: String, _ text: String = "x") async throws {
        try await write(try ObjectKey(key), .bytes(ByteBuffer(string: text)))
    }

    func text(_ key: String, _ range: Range<Int64>? = nil) async throws -> String {
        let body = try await read(try ObjectKey(key), range: range)
        let bytes = try await body.collect(upTo: 64 << 20)
        try expectEqual(Int64(bytes.readableBytes), body.byteCount, "the body's announced size")
        return String(buffer: bytes)
    }

    func keys(prefix: String = "", after: String? = nil, limit: Int = 1000) async throws -> [String] {
        try await list(prefix: prefix, after: after.map { try ObjectKey($0) }, limit: limit).map(\.key.description)
    }

    /// Nothing can be seen of it, in any way.
    func expectAbsent(_ key: String, file: String = #fileID, line: UInt = #line) async throws {
        let key = try ObjectKey(key)
        try await expectError(.notFound, file: file, line: line) { try await info(key) }
        try await expectError(.notFound, file: file, line: line) { try await read(key) }
        try expect(try await !keys().contains(key.description), "\(key) is listed", file: file, line: line)
    }
}
