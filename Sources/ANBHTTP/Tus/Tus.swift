import ANBCore
import Foundation
import HTTPTypes

/// What the protocol tus 1.0 says in header fields (https://tus.io/protocols/resumable-upload).
enum Tus {
    static let version = "1.0.0"
    static let mediaType = "application/offset+octet-stream"
    /// Bytes of `Upload-Metadata`; a title needs a third of it.
    static let metadataBytesMax = 4 << 10

    /// What an `OPTIONS` request learns.
    static func capabilities(uploadBytesMax: Int64) -> HTTPFields {
        [
            .tusVersion: version, .tusMaxSize: String(uploadBytesMax),
            .tusExtension: "creation,creation-with-upload,termination,expiration,checksum",
            .tusChecksumAlgorithm: UploadChecksum.Algorithm.allCases.map(\.rawValue).joined(separator: ","),
        ]
    }

    /// - Throws: ``ANBError/Code/unsupportedVersion`` unless the client speaks our version.
    static func checkVersion(_ fields: HTTPFields) throws {
        guard fields[.tusResumable] == version else {
            throw ANBError(.unsupportedVersion, "The header Tus-Resumable must be \(version).")
        }
    }

    /// - Throws: ``ANBError/Code/unsupportedMediaType``.
    static func checkMediaType(_ type: String?) throws {
        guard type == mediaType else {
            throw ANBError(.unsupportedMediaType, "Send the bytes with Content-Type: \(mediaType).")
        }
    }

    /// A non-negative integer.
    /// - Throws: ``ANBError/Code/invalidRequest`` when it is missing or something else.
    static func number(_ name: HTTPField.Name, _ fields: HTTPFields) throws -> Int64 {
        guard let text = fields[name], (1...18).contains(text.utf8.count), text.utf8.allSatisfy(Self.isDigit),
            let number = Int64(text)
        else { throw ANBError(.invalidRequest, "The header \(name.rawName) must be a whole number of bytes, 0 or more.") }
        return number
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// `Upload-Checksum: sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=`
    /// - Throws: ``ANBError/Code/invalidRequest`` for another algorithm or a digest that cannot be one.
    static func checksum(_ fields: HTTPFields) throws -> UploadChecksum? {
        guard let text = fields[.uploadChecksum] else { return nil }
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, let algorithm = UploadChecksum.Algorithm(rawValue: String(parts[0])),
            let digest = Data(base64Encoded: String(parts[1])), let checksum = UploadChecksum(algorithm, digest: digest)
        else {
            throw ANBError(
                .invalidRequest, "The header Upload-Checksum must be sha1 or sha256, a space, and the digest in base64.")
        }
        return checksum
    }

    /// `RFC 9110` §5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`
    static func date(_ time: Timestamp) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.weekday, .day, .month, .year, .hour, .minute, .second], from: time.date)
        func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = days[(parts.weekday ?? 1) - 1]
        let month = months[(parts.month ?? 1) - 1]
        return "\(day), \(two(parts.day)) \(month) \(parts.year ?? 1970)"
            + " \(two(parts.hour)):\(two(parts.minute)):\(two(parts.second)) GMT"
    }
}
