import Crypto
import Foundation

/// What failures of one cause share: their reason without what differs from case to case, as eight characters.
package enum FailureFingerprint {
    private static let charactersMax = 8

    package static func of(_ reason: String) -> String {
        let hash = SHA256.hash(data: Data(Self.kernel(of: reason).utf8)).lowercaseHex
        return String(hash.prefix(charactersMax))
    }

    /// Words with digits are ids, counts, times and addresses: they become `#`.
    static func kernel(of reason: String) -> String {
        reason.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "_") }
            .map { $0.contains(where: \.isNumber) ? "#" : String($0) }.joined(separator: " ")
    }
}
