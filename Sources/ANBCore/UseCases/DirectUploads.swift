import Crypto
import Foundation

/// Uploads whose bytes go from the client to the store, where the store can take them.
extension ResumableUploads {
    /// Where one part of the file goes.
    public struct DirectPart: Hashable, Sendable {
        /// Where a client puts the part's bytes, until it expires.
        public var url: String
        /// How many bytes it must be.
        public var byteCount: Int64
        /// In base64, when the client announced it; it then has to be sent as `x-amz-checksum-sha256`.
        public var sha256: String?
    }

    /// Whether ``beginDirect(_:checksums:for:)`` can be called.
    public var takesDirectUploads: Bool { objects is any DirectUploadStore }

    /// Bytes of each part of a direct upload, but the last.
    static func directPartBytes(of byteCount: Int64) -> Int64 {
        let even = (byteCount + directPartCountMax - 1) / directPartCountMax
        let whole = ((even + (1 << 20) - 1) >> 20) << 20
        return max(UploadWriter.partBytes, whole)
    }

    /// Parts of one direct upload.
    static let directPartCountMax: Int64 = 100

    /// Begins an upload whose parts the client brings to the store itself, each with its own URL. Then it calls
    /// ``complete(_:for:correlationID:)``.
    /// - Parameters:
    ///   - announcement: What is to come.
    ///   - checksums: SHA-256 of each part in base64; the store refuses other bytes.
    ///   - owner: Who asks.
    /// - Throws: As ``begin(_:for:)``; `invalidRequest` for checksums that cannot be right.
    public func beginDirect(
        _ announcement: Announcement, checksums: [String]?, for owner: Identity
    ) async throws -> (standing: Standing, parts: [DirectPart]) {
        guard let store = objects as? any DirectUploadStore else {
            throw ANBError.internal("the object store takes no direct uploads")
        }
        try checkSize(announcement.byteCount)
        let partBytes = Self.directPartBytes(of: announcement.byteCount)
        let count = (announcement.byteCount + partBytes - 1) / partBytes
        if let checksums, Int64(checksums.count) != count || !checksums.allSatisfy(Self.isSHA256) {
            throw ANBError(
                .invalidRequest,
                "part_sha256 must have one SHA-256 in base64 for each part: \(count), of \(partBytes) bytes each but the last.")
        }
        let standing = try await begin(announcement, for: owner, directPartBytes: partBytes)
        var session = standing.session
        session.parts = session.directParts
        var parts: [DirectPart] = []
        for (index, key) in try session.partKeys().enumerated() {
            let (byteCount, sha256) = (session.parts[index].byteCount, checksums?[index])
            let url = try await store.signedUpload(
                of: key, byteCount: byteCount, sha256: sha256, expires: .seconds(limits.signedURLSeconds))
            parts.append(DirectPart(url: url, byteCount: byteCount, sha256: sha256))
        }
        return (standing, parts)
    }

    private static func isSHA256(_ text: String) -> Bool { Data(base64Encoded: text)?.count == SHA256.byteCount }

    /// - Throws: `conflict` naming the first part that is not there as announced.
    func checkDirectParts(_ session: UploadSession) async throws {
        guard session.directPartBytes != nil else { return }
        for (index, key) in try session.partKeys().enumerated() {
            let found: Int64?
            do {
                found = try await objects.info(key).byteCount
            } catch let error as ANBError where error.code == .notFound {
                found = nil
            }
            guard found == session.parts[index].byteCount else {
                throw ANBError(.conflict, "Part \(index + 1) of \(session.parts.count) is not there yet. Send it, then complete.")
            }
        }
    }
}
