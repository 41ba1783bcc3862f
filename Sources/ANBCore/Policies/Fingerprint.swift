import Crypto
import Foundation

/// Tells whether two networks, or two e-mails, are the same without saying which: a keyed hash of their bytes.
public struct Fingerprint: Sendable {
    private static let byteCount = 8
    private let key: SymmetricKey

    init(key: SymmetricKey) { self.key = key }

    /// 16 hex digits; the same for the same bytes as long as the server's secret is the same.
    public func callAsFunction(_ bytes: some Sequence<UInt8>) -> String {
        HMAC<SHA256>.authenticationCode(for: Data(bytes), using: key).prefix(Self.byteCount).lowercaseHex
    }
}
