import ANBCore
import Crypto
import Foundation
import JWTKit

/// The keys of access tokens. The first one signs, and its name goes into each token as `kid`; all of them verify, so that
/// tokens of the one before hold while a new one takes its place. A key has one algorithm, whatever a token claims.
public struct TokenKeys: Sendable {
    /// What signs a token.
    public enum Algorithm: String, Sendable, CaseIterable {
        /// HMAC-SHA256, with a secret that every server has.
        case hs256 = "HS256"
        /// Ed25519: others may verify with the public key.
        case edDSA = "EdDSA"
    }

    struct Key: Sendable {
        let id: String
        let algorithm: Algorithm
        /// Holds this key only.
        let keys: JWTKeyCollection
        /// What others may know of it; nothing of a secret.
        var published: KeySetAnswer.Key?
    }

    /// Bytes of the shortest secret that HS256 may use (RFC 7518 §3.2).
    public static let secretBytesMin = 32

    let signing: Key
    private let others: [Key]

    /// - Parameters:
    ///   - secrets: For HS256, the signing one first; each at least ``secretBytesMin`` bytes.
    ///   - file: For EdDSA, the signing one first.
    ///   - algorithm: Of the key that signs; the others verify.
    /// - Throws: `ANBError.Code.misconfigured` when a secret is too short or no key can sign.
    public init(secrets: [String], file: SigningKeyFile? = nil, signingWith algorithm: Algorithm = .hs256) async throws {
        var all: [Key] = []
        for secret in secrets { all.append(try await Self.key(secret)) }
        for key in file?.keys ?? [] { all.append(await Self.key(key)) }
        guard let signing = all.first(where: { $0.algorithm == algorithm }), algorithm == .hs256 || file?.canSign == true else {
            throw Self.wrong("there is no key that signs with \(algorithm.rawValue)")
        }
        self.signing = signing
        others = all.filter { $0.id != signing.id }
    }

    private static func key(_ secret: String) async throws -> Key {
        guard secret.utf8.count >= secretBytesMin else {
            throw wrong("the token secret must have at least \(secretBytesMin) bytes")
        }
        // Tells no more of the secret than any token does.
        let name = HMAC<SHA256>.authenticationCode(for: Data("anb key".utf8), using: SymmetricKey(data: Data(secret.utf8)))
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        return Key(id: name.prefix(8).lowercaseHex, algorithm: .hs256, keys: keys)
    }

    private static func key(_ key: SigningKeyFile.Key) async -> Key {
        let keys = JWTKeyCollection()
        if let privateKey = key.privateKey { await keys.add(eddsa: privateKey) } else { await keys.add(eddsa: key.publicKey) }
        return Key(
            id: key.id, algorithm: .edDSA, keys: keys,
            published: .init(kid: key.id, x: key.publicKey.rawRepresentation.base64URL))
    }

    private static func wrong(_ what: String) -> ANBError {
        ANBError(.misconfigured, "The server is not set up.", operatorMessage: what)
    }

    private var all: [Key] { [signing] + others }

    /// What `jwks.json` answers.
    var published: KeySetAnswer { KeySetAnswer(keys: all.compactMap(\.published)) }

    /// The keys that may have signed a token with this header. Tokens from before keys had names have no `kid`; they are
    /// HS256.
    func candidates(algorithm: String?, id: String?) -> [Key] {
        all.filter { key in
            key.algorithm.rawValue == algorithm && (id.map { $0 == key.id } ?? (key.algorithm == .hs256))
        }
    }
}
