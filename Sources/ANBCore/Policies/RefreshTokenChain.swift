public import Crypto
import Foundation

/// Makes refresh tokens. A successor is derived from its predecessor with a key of the server, so that a client that
/// lost an answer and repeats its request gets the same successor, although only hashes are stored.
public struct RefreshTokenChain: Sendable {
    private let key: SymmetricKey
    private let older: [SymmetricKey]

    /// - Parameters:
    ///   - key: Derives each token from the one before; the same on every server.
    ///   - older: Keys that servers may still use, or used a moment ago.
    public init(key: SymmetricKey, older: [SymmetricKey] = []) { (self.key, self.older) = (key, older) }

    /// A key for something else, from the same secret.
    func key(for purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Data("anb \(purpose)".utf8), outputByteCount: 32)
    }

    /// A first token: 256 random bits, base64url.
    func first(_ ids: any IDGenerator) -> String { Self.encode(ids.randomBytes(32)) }

    /// The one token that follows `token`.
    func successor(of token: String) -> String { Self.successor(of: token, key) }

    /// What follows `token` under each key: a server with another first key may have answered before.
    func successors(of token: String) -> [String] { ([key] + older).map { Self.successor(of: token, $0) } }

    private static func successor(of token: String, _ key: SymmetricKey) -> String {
        encode(HMAC<SHA256>.authenticationCode(for: Data("refresh:\(token)".utf8), using: key))
    }

    /// What the database stores: lowercase hex SHA-256.
    static func hash(_ token: String) -> String { SHA256.hash(data: Data(token.utf8)).lowercaseHex }

    private static func encode(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
