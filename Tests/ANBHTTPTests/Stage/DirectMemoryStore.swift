import ANBCore
import ANBStorage

/// A store in memory whose upload URLs are the bare keys.
struct DirectMemoryStore: DirectUploadStore {
    let base: MemoryObjectStore

    func signedUpload(of key: ObjectKey, byteCount: Int64, sha256: String?, expires: Duration) async throws -> String {
        key.description
    }

    func info(_ key: ObjectKey) async throws -> ObjectInfo { try await base.info(key) }
    func read(_ key: ObjectKey, range: Range<Int64>?) async throws -> ObjectBody { try await base.read(key, range: range) }
    func write(_ key: ObjectKey, _ source: ObjectSource, condition: WriteCondition) async throws {
        try await base.write(key, source, condition: condition)
    }
    func delete(_ key: ObjectKey) async throws { try await base.delete(key) }
    func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectInfo] {
        try await base.list(prefix: prefix, after: after, limit: limit)
    }
    func signedURL(for key: ObjectKey, expires: Duration) async throws -> String {
        try await base.signedURL(for: key, expires: expires)
    }
    func check() async throws { try await base.check() }
}
