import ANBCore
import ANBTesting
import Crypto
import Foundation
import JWTKit
import Testing

@testable import ANBHTTP

/// Keys change while tokens live.
@Suite struct TokenKeysTests {
    private static let (old, new) = ("the old secret of thirty-two bytes", "the new secret of thirty-two bytes")
    private let clock = ManualClock()
    private let user = Samples().user()
    private let session: SessionID = SequentialIDs(seed: 9).next()

    private func tokens(
        _ secrets: [String], file: SigningKeyFile? = nil, _ algorithm: TokenKeys.Algorithm = .hs256
    ) async throws -> AccessTokens {
        let keys = try await TokenKeys(secrets: secrets, file: file, signingWith: algorithm)
        return AccessTokens(keys: keys, clock: clock, ids: SystemIDs())
    }

    private static func pem(_ key: EdDSA.PrivateKey) -> String { key.pemRepresentation + "\n" }

    private static func header(_ token: String) throws -> [String: Any] {
        let text = token.split(separator: ".")[0].replacing("-", with: "+").replacing("_", with: "/")
        let data = try #require(Data(base64Encoded: text + String(repeating: "=", count: (4 - text.count % 4) % 4)))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// The three steps of a change on several servers: known everywhere, signing, alone.
    @Test func aSecretIsReplacedWithoutAnybodyNoticing() async throws {
        let steps = [[Self.old], [Self.old, Self.new], [Self.new, Self.old], [Self.new]]
        for (before, after) in zip(steps, steps.dropFirst()) {
            let (first, second) = (try await tokens(before), try await tokens(after))
            _ = try await second.verify(first.issue(user, sessionID: session))
            // Servers that are not yet at the next step take its tokens too, but for the last step, which waits.
            if before.contains(after[0]) { _ = try await first.verify(second.issue(user, sessionID: session)) }
        }
        let ended = try await tokens([Self.old]).issue(user, sessionID: session)
        try await expectError(.unauthenticated) { try await tokens([Self.new]).verify(ended) }
    }

    @Test func aTokenNamesItsKeyAndNoOther() async throws {
        let both = try await tokens([Self.old, Self.new])
        let token = try await both.issue(user, sessionID: session)
        let alone = try await tokens([Self.new]).issue(user, sessionID: session)
        let names = try [token, alone].map { try #require(try Self.header($0)["kid"] as? String) }
        #expect(Set(names).count == 2)
        #expect(try await Self.header(tokens([Self.old]).issue(user, sessionID: session))["kid"] as? String == names[0])
        for name in [names[1], "", "unknown"] {
            try await expectError(.unauthenticated) { try await both.verify(resigned(token, #""kid":"\#(name)""#, Self.old)) }
        }
        try await expectError(.unauthenticated) { try await both.verify(resigned(token, #""kid":7"#, Self.old)) }
        _ = try await both.verify(resigned(token, #""kid":"\#(names[0])""#, Self.old))
    }

    /// From before keys had names.
    @Test func tokensWithoutAKeyNameHold() async throws {
        for secrets in [[Self.old], [Self.new, Self.old]] {
            let tokens = try await tokens(secrets, file: try SigningKeyFile(pem: Self.pem(EdDSA.PrivateKey())), .edDSA)
            let token = try await tokens.issue(user, sessionID: session)
            _ = try await tokens.verify(resigned(token, nil, Self.old))
        }
    }

    @Test func ed25519SignsAndOthersVerifyByTheKeySet() async throws {
        let (first, second) = (try EdDSA.PrivateKey(), try EdDSA.PrivateKey())
        let file = try SigningKeyFile(pem: Self.pem(first) + second.publicKey.pemRepresentation)
        let tokens = try await tokens([Self.old], file: file, .edDSA)
        let token = try await tokens.issue(user, sessionID: session)
        _ = try await tokens.verify(token)
        #expect(try Self.header(token)["alg"] as? String == "EdDSA")
        // By nothing of ours but what is published.
        let key = try #require(tokens.publishedKeys.keys.first { $0.kid == (try? Self.header(token)["kid"]) as? String })
        let parts = token.split(separator: ".").map(String.init)
        func bytes(_ text: String) throws -> Data {
            let text = text.replacing("-", with: "+").replacing("_", with: "/")
            return try #require(Data(base64Encoded: text + String(repeating: "=", count: (4 - text.count % 4) % 4)))
        }
        let published = try Curve25519.Signing.PublicKey(rawRepresentation: bytes(key.x))
        #expect(published.isValidSignature(try bytes(parts[2]), for: Data("\(parts[0]).\(parts[1])".utf8)))
        // One key after the other, and from secrets to keys.
        let next = try SigningKeyFile(pem: Self.pem(second) + Self.pem(first))
        _ = try await self.tokens([Self.old], file: next, .edDSA).verify(token)
        _ = try await self.tokens([Self.old], file: file).verify(token)
        _ = try await tokens.verify(self.tokens([Self.old]).issue(user, sessionID: session))
        let alone = try SigningKeyFile(pem: Self.pem(second))
        try await expectError(.unauthenticated) { try await self.tokens([Self.old], file: alone, .edDSA).verify(token) }
    }

    /// A public key is known to everybody: it must not pass for a secret.
    @Test func aPublicKeyIsNoSecret() async throws {
        let key = try EdDSA.PrivateKey()
        let tokens = try await tokens([Self.old], file: try SigningKeyFile(pem: Self.pem(key)), .edDSA)
        let token = try await tokens.issue(user, sessionID: session)
        let name = try #require(try Self.header(token)["kid"] as? String)
        for secret in [key.publicKey.rawRepresentation, Data(key.publicKey.pemRepresentation.utf8)] {
            for kid in [#""kid":"\#(name)""#, nil] {
                let forged = resigned(token, kid, SymmetricKey(data: secret))
                try await expectError(.unauthenticated) { try await tokens.verify(forged) }
            }
        }
    }

    @Test(arguments: [
        "", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "-----BEGIN PRIVATE KEY-----",
    ])
    func whatIsNoKeyStopsTheStart(_ text: String) async throws {
        try await expectError(.misconfigured) { try SigningKeyFile(pem: text) }
    }

    @Test func aKeyTwiceOrOneThatCannotSignStopsTheStart() async throws {
        let key = try EdDSA.PrivateKey()
        try await expectError(.misconfigured) { try SigningKeyFile(pem: Self.pem(key) + Self.pem(key)) }
        let file = try SigningKeyFile(pem: key.publicKey.pemRepresentation + "\n" + Self.pem(EdDSA.PrivateKey()))
        #expect(!file.canSign)
        try await expectError(.misconfigured) { try await tokens([Self.old], file: file, .edDSA) }
        try await expectError(.misconfigured) { try await tokens([Self.old], .edDSA) }
    }

    @Test func theKeySetTellsNothingOfSecrets() async throws {
        try await withStage { stage in
            for path in ["/.well-known/jwks.json", "/api/auth/.well-known/jwks.json", "/auth/.well-known/jwks.json"] {
                let answer = try await stage.get(path)
                #expect(answer.status == 200)
                #expect(answer.text == #"{"keys":[]}"#)
                #expect(answer["cache-control"] == "public, max-age=300")
            }
        }
    }

    // MARK: - Signing by hand

    private func resigned(_ token: String, _ kid: String?, _ secret: String) -> String {
        resigned(token, kid, SymmetricKey(data: Data(secret.utf8)))
    }

    /// The same claims under HS256 with another header.
    private func resigned(_ token: String, _ kid: String?, _ key: SymmetricKey) -> String {
        let header = #"{"alg":"HS256","typ":"JWT"\#(kid.map { "," + $0 } ?? "")}"#
        let unsigned = "\(Data(header.utf8).base64URL).\(token.split(separator: ".")[1])"
        let code = HMAC<SHA256>.authenticationCode(for: Data(unsigned.utf8), using: key)
        return "\(unsigned).\(Data(code).base64URL)"
    }
}
