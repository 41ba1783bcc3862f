import Crypto
import Foundation

/// Signs what is sent to the embedder, so that the receiver knows who sent it and when (Standard Webhooks 1.0): HMAC-SHA256
/// over `id.timestamp.body`.
public struct WebhookSigner: Sendable {
    /// Bytes of a key.
    public static let keyBytesMin = 24
    private static let prefix = "whsec_"

    /// Never empty.
    private let keys: [SymmetricKey]

    /// - Parameter secrets: `whsec_` and Base64, or any text of 24 bytes or more. All of them sign, so that the receiver may
    ///   go from one to the next at any time.
    /// - Returns: `nil` when there is none, or when one is too short or no Base64.
    public init?(secrets: [String]) {
        let keys = secrets.compactMap(Self.key)
        guard !keys.isEmpty, keys.count == secrets.count else { return nil }
        self.keys = keys
    }

    private static func key(_ secret: String) -> SymmetricKey? {
        let data =
            secret.hasPrefix(prefix) ? Data(base64Encoded: String(secret.dropFirst(prefix.count))) : Data(secret.utf8)
        guard let data, data.count >= keyBytesMin else { return nil }
        return SymmetricKey(data: data)
    }

    /// The header fields of one try.
    func headers(of id: String, body: String, at now: Timestamp) -> [(name: String, value: String)] {
        let signed = Data("\(id).\(now.seconds).\(body)".utf8)
        let signatures = keys.map { key in
            "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
        }
        return [
            ("webhook-id", id), ("webhook-timestamp", "\(now.seconds)"),
            ("webhook-signature", signatures.joined(separator: " ")),
        ]
    }
}
