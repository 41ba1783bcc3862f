public import Foundation
public import NIOCore

/// The time, injected so that tests move it by hand.
public protocol WallClock: Sendable {
    /// The time now.
    var now: Timestamp { get }
    /// Returns after `duration`, or throws `CancellationError` when the task is cancelled first.
    func sleep(for duration: Duration) async throws
}

/// The machine's time.
public struct SystemClock: WallClock {
    /// The machine's clock.
    public init() {}
    public var now: Timestamp { Timestamp(Date()) }
    public func sleep(for duration: Duration) async throws { try await Task.sleep(for: duration) }
}

/// Identities and chance, injected so that tests can repeat a run.
public protocol IDGenerator: Sendable {
    /// A new UUID; later ones sort after earlier ones where the generator can.
    func uuid() -> UUID
    /// `count` unpredictable bytes.
    func randomBytes(_ count: Int) -> [UInt8]
    /// Uniform in 0..<1, for jitter only.
    func fraction() -> Double
}

/// UUID version 7 (RFC 9562 §5.7) from the system's time and random source.
public struct SystemIDs: IDGenerator {
    /// The system's generator.
    public init() {}

    public func uuid() -> UUID {
        let milliseconds = UInt64(bitPattern: Timestamp(Date()).milliseconds)
        var bytes = randomBytes(16)
        for index in 0..<6 { bytes[index] = UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64(index))) }
        bytes[6] = bytes[6] & 0x0F | 0x70
        bytes[8] = bytes[8] & 0x3F | 0x80
        return bytes.withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }

    public func randomBytes(_ count: Int) -> [UInt8] {
        // Eight at a time: each call of the generator is a call of the system.
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + 7)
        while bytes.count < count {
            withUnsafeBytes(of: generator.next() as UInt64) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    public func fraction() -> Double { Double.random(in: 0..<1) }
}

extension IDGenerator {
    /// A new UUID in its 36-character form, in lower case.
    public func uuidText() -> String { UUIDText.make(uuid()) }

    /// A new identity for any entity.
    public func next<Entity>(_: Entity.Type = Entity.self) -> Identifier<Entity> { Identifier(uuid()) }
}

/// Turns passwords into hashes that may be stored. Hashing is slow on purpose; implementations run it on a bounded
/// pool of their own and throw ``ANBError/Code/overloaded`` when too many wait.
public protocol PasswordHasher: Sendable {
    /// The encoded hash, with algorithm, parameters and salt.
    func hash(_ password: String) async throws -> String
    /// - Parameters:
    ///   - password: As it was typed, in its normal form.
    ///   - hash: `nil` for an unknown account: the same work is done and the answer is false.
    func verify(_ password: String, against hash: String?) async throws -> Bool
    /// Whether the hash was made with weaker parameters than today's.
    func needsRehash(_ hash: String) -> Bool
}

/// Local files for bytes on their way: uploads being checked, originals being processed. What a killed process left
/// behind is removed by the next one.
public protocol ScratchSpace: Sendable {
    /// A new, empty file.
    func makeFile() async throws -> any ScratchFile
    /// The path of a new, empty folder.
    func makeDirectory() async throws -> String
    /// Removes a folder made by ``makeDirectory()`` with all it holds.
    func removeDirectory(_ path: String) async throws
}

/// One scratch file. It is used by one task at a time.
public protocol ScratchFile: Sendable {
    /// Where it is, for whoever reads it after ``close()``.
    var path: String { get }
    /// Adds bytes at the end and to the hash.
    func append(_ bytes: ByteBuffer) async throws
    /// Ends writing. The bytes are not yet durable; the store makes them so.
    func close() async throws -> FileDigest
    /// Removes the file; harmless when it is gone.
    func discard() async
}

/// What was written to a scratch file.
public struct FileDigest: Hashable, Sendable {
    /// How many bytes were appended.
    public var byteCount: Int64
    /// Lowercase hex.
    public var sha256: String

    /// Size and hash of one file.
    public init(byteCount: Int64, sha256: String) {
        self.byteCount = byteCount
        self.sha256 = sha256
    }
}
