import ANBCore
import Crypto
import Foundation
import JWTKit

/// Ed25519 keys in PEM, one after the other: private ones sign and verify, public ones verify.
public struct SigningKeyFile: Sendable {
    struct Key: Sendable {
        /// The thumbprint of RFC 7638, so that it names the same key on every server.
        let id: String
        let publicKey: EdDSA.PublicKey
        let privateKey: EdDSA.PrivateKey?

        init(publicKey: EdDSA.PublicKey, privateKey: EdDSA.PrivateKey?) {
            let members = #"{"crv":"Ed25519","kty":"OKP","x":"\#(publicKey.rawRepresentation.base64URL)"}"#
            id = Data(SHA256.hash(data: Data(members.utf8))).base64URL
            self.publicKey = publicKey
            self.privateKey = privateKey
        }
    }

    /// Never empty.
    let keys: [Key]

    /// Whether the first key is a private one.
    public var canSign: Bool { keys[0].privateKey != nil }

    /// - Throws: `ANBError.Code.misconfigured` when there is no key in it, or something else.
    public init(pem text: String) throws {
        let blocks = text.components(separatedBy: "-----BEGIN ").dropFirst()
        keys = try blocks.enumerated().map { index, block in
            let pem = "-----BEGIN \(block.trimmingCharacters(in: .whitespacesAndNewlines))\n"
            do {
                if block.hasPrefix("PRIVATE KEY-----") {
                    let key = try EdDSA.PrivateKey(pem: pem)
                    return Key(publicKey: key.publicKey, privateKey: key)
                }
                return Key(publicKey: try EdDSA.PublicKey(pem: pem), privateKey: nil)
            } catch {
                throw Self.wrong("the block number \(index + 1) is no Ed25519 key")
            }
        }
        guard !keys.isEmpty else { throw Self.wrong("there is no PEM block") }
        guard Set(keys.map(\.id)).count == keys.count else { throw Self.wrong("a key stands in it twice") }
    }

    private static func wrong(_ what: String) -> ANBError {
        ANBError(
            .misconfigured,
            "The value given is not valid: \(what); it must be one or more Ed25519 keys in PEM, as of openssl genpkey -algorithm ed25519."
        )
    }
}

extension Data {
    /// RFC 7515 §2.
    var base64URL: String {
        base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
