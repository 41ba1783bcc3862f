import ANBAWS
import Foundation

/// A piece of an upload.
struct UploadPart: Sendable {
    /// From 1.
    let number: Int
    let body: AWSBody
    let sha256: [UInt8]

    var payload: SigV4Signer.Payload { .sha256(lowercaseHex(sha256)) }
    /// As the checksum headers want it.
    var checksum: String { Data(sha256).base64EncodedString() }
}

/// Where the parts of an upload come from.
protocol UploadParts {
    /// - Returns: `nil` after the last part. The first part may be empty, the others are not.
    mutating func next() async throws -> UploadPart?
}
