import Crypto
import Foundation

/// Tells whether two votes came from one network without saying which: a keyed hash of the network's bytes.
public struct NetworkFingerprint: Sendable {
    private static let byteCount = 8
    private let key: SymmetricKey

    init(key: SymmetricKey) { self.key = key }

    /// 16 hex digits; the same for the same bytes as long as the server's secret is the same.
    func callAsFunction(_ network: some Sequence<UInt8>) -> String {
        HMAC<SHA256>.authenticationCode(for: Data(network), using: key).prefix(Self.byteCount).lowercaseHex
    }
}
