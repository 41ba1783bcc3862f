import Crypto
public import Foundation
import NIOCore

/// What the bytes of one request must add up to, as their sender says.
public struct UploadChecksum: Hashable, Sendable {
    /// How bytes are hashed.
    public enum Algorithm: String, Hashable, Sendable, CaseIterable {
        /// By the names that clients send.
        case sha1, sha256

        var byteCount: Int {
            switch self {
            case .sha1: Insecure.SHA1.byteCount
            case .sha256: SHA256.byteCount
            }
        }
    }

    let algorithm: Algorithm
    let digest: Data

    /// - Returns: `nil` when the digest cannot be one of this algorithm.
    public init?(_ algorithm: Algorithm, digest: Data) {
        guard digest.count == algorithm.byteCount else { return nil }
        self.algorithm = algorithm
        self.digest = digest
    }
}

/// Adds up bytes as they come.
struct RunningChecksum: Sendable {
    private enum Hash: Sendable {
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
    }

    private let expected: UploadChecksum
    private var hash: Hash

    init(_ expected: UploadChecksum) {
        self.expected = expected
        hash =
            switch expected.algorithm {
            case .sha1: .sha1(Insecure.SHA1())
            case .sha256: .sha256(SHA256())
            }
    }

    mutating func update(_ bytes: ByteBuffer) {
        switch hash {
        case .sha1(var sha1):
            bytes.withUnsafeReadableBytes { sha1.update(bufferPointer: $0) }
            hash = .sha1(sha1)
        case .sha256(var sha256):
            bytes.withUnsafeReadableBytes { sha256.update(bufferPointer: $0) }
            hash = .sha256(sha256)
        }
    }

    /// - Throws: ``ANBError/Code/checksumMismatch``.
    func verify() throws {
        let found =
            switch hash {
            case .sha1(let sha1): Data(sha1.finalize())
            case .sha256(let sha256): Data(sha256.finalize())
            }
        guard found == expected.digest else {
            throw ANBError(
                .checksumMismatch,
                "The bytes of this request do not have the announced checksum; they were not kept. Send them again.")
        }
    }
}
