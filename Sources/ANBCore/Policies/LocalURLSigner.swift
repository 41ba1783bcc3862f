public import Crypto
public import Foundation

/// Signs the URLs under which the API server itself serves objects, for stores that have no server of their own.
///
/// The signature is HMAC-SHA256 over method, key and end of life, so none of the three can be changed, and whoever holds
/// the URL may read the one object until it expires.
public struct LocalURLSigner: Sendable {
    /// What every signed path starts with.
    public static let pathPrefix = "/media/"
    /// Bytes; shorter secrets can be guessed.
    public static let secretBytesMin = 16

    private let secret: SymmetricKey
    /// Signed before; what they signed still holds.
    private let older: [SymmetricKey]

    /// - Parameters:
    ///   - secret: The same on every server that signs or serves; at least ``secretBytesMin`` bytes.
    ///   - older: Secrets that signed before this one.
    /// - Throws: ``ANBError/Code/misconfigured`` when the secret is too short.
    public init(secret: some ContiguousBytes, older: [SymmetricKey] = []) throws {
        self.secret = SymmetricKey(data: secret)
        self.older = older
        guard self.secret.bitCount >= Self.secretBytesMin * 8 else {
            throw ANBError(
                .misconfigured, "The server is not set up.",
                operatorMessage: "the secret for signed URLs must have at least \(Self.secretBytesMin) bytes")
        }
    }

    /// - Parameters:
    ///   - key: The name of the object.
    ///   - expires: Seconds since 1970; the first second in which the URL no longer works.
    /// - Returns: `/media/<key>?expires=<seconds>&signature=<64 lowercase hex digits>`. No key needs escaping.
    public func sign(_ key: ObjectKey, expires: Int64) -> String {
        let signature = HMAC<SHA256>.authenticationCode(for: Self.message(key, expires), using: secret)
        return "\(Self.pathPrefix)\(key)?expires=\(expires)&signature=\(signature.lowercaseHex)"
    }

    /// - Parameters:
    ///   - key: The name of the object.
    ///   - expires: As in the URL, seconds since 1970.
    ///   - signature: As in the URL.
    ///   - now: The time of the call.
    /// - Returns: Whether this signer made the signature for this key and time, and the time has not come yet. Takes
    ///   equally long wherever a forged signature differs.
    public func verify(key: ObjectKey, expires: Int64, signature: String, now: Timestamp) -> Bool {
        guard now.seconds < expires, let code = Self.bytes(hex: signature) else { return false }
        let message = Self.message(key, expires)
        return ([secret] + older).contains { HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: message, using: $0) }
    }

    private static func message(_ key: ObjectKey, _ expires: Int64) -> Data {
        Data("GET\n\(key)\n\(expires)".utf8)
    }

    /// Lowercase only, so that a URL has one form.
    private static func bytes(hex text: String) -> [UInt8]? {
        guard text.utf8.count == 2 * SHA256.byteCount else { return nil }
        let values = text.utf8.compactMap(value(ofDigit:))
        guard values.count == text.utf8.count else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { values[$0] << 4 | values[$0 + 1] }
    }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
