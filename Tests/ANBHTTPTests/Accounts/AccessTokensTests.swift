import ANBCore
import ANBTesting
import Crypto
import Foundation
import Testing

@testable import ANBHTTP

@Suite struct AccessTokensTests {
    static let secret = "a secret of thirty-two bytes, no less"
    private let clock = ManualClock()
    private let user = Samples().user()
    private let session: SessionID = SequentialIDs(seed: 9).next()

    @Test func aTokenNamesItsUserAndSession() async throws {
        let tokens = try await makeTokens()
        let identity = try await tokens.verify(tokens.issue(user, sessionID: session))
        #expect(identity == Identity(userID: user.id, sessionID: session, roles: [.player]))
    }

    @Test func theClaimsAreTheContracts() async throws {
        let token = try await makeTokens().issue(user, sessionID: session)
        let (header, claims) = try (part(0, of: token), part(1, of: token))
        #expect(header["alg"] as? String == "HS256")
        #expect(
            Set(claims.keys) == [
                "sub", "user_id", "sid", "roles", "city", "first_name", "last_name", "iss", "aud", "iat", "exp", "jti", "typ",
            ])
        #expect(claims["user_id"] as? String == user.id.description)
        #expect(claims["exp"] as? Int == Int(clock.now.seconds) + 3600)
        #expect(claims["typ"] as? String == "access")
    }

    @Test func itEndsInTheSecondItSays() async throws {
        let tokens = try await makeTokens()
        let token = try await tokens.issue(user, sessionID: session)
        clock.advance(by: .seconds(3599))
        _ = try await tokens.verify(token)
        clock.advance(by: .seconds(1))
        try await expectError(.unauthenticated) { try await tokens.verify(token) }
    }

    @Test func anotherSecretIsRefused() async throws {
        let token = try await makeTokens(secret: "another secret of thirty-two bytes").issue(user, sessionID: session)
        try await expectError(.unauthenticated) { try await makeTokens().verify(token) }
    }

    @Test(arguments: ["", ".", "..", "a.b.c", "Bearer x", "eyJhbGciOiJIUzI1NiJ9..", "💥.💥.💥"])
    func whatIsNoTokenIsRefused(text: String) async throws {
        try await expectError(.unauthenticated) { try await makeTokens().verify(text) }
    }

    /// Signed with our own secret, so that nothing but the algorithm is wrong.
    @Test func otherAlgorithmsWithOurSecretAreRefused() async throws {
        let claims = claims()
        let stronger = try sign(header: ["alg": "HS512"], claims, with: HMAC<SHA512>.self)
        try await expectError(.unauthenticated) { try await makeTokens().verify(stronger) }
        for algorithm in ["HS512", "none", "None", "hs256", "RS256"] {
            let forged = try sign(header: ["alg": algorithm, "typ": "JWT"], claims)
            try await expectError(.unauthenticated) { try await makeTokens().verify(forged) }
        }
        let control = try sign(header: ["alg": "HS256", "typ": "JWT"], claims)
        _ = try await makeTokens().verify(control)
    }

    @Test func anUnsignedTokenIsRefused() async throws {
        let parts = try sign(header: ["alg": "none"], claims()).split(separator: ".")
        try await expectError(.unauthenticated) { try await makeTokens().verify("\(parts[0]).\(parts[1]).") }
    }

    @Test func aChangedClaimIsRefused() async throws {
        let tokens = try await makeTokens()
        let parts = try await tokens.issue(user, sessionID: session).split(separator: ".")
        var claims = claims()
        claims.roles = ["admin"]
        let payload = base64URL(try JSONEncoder().encode(claims))
        try await expectError(.unauthenticated) { try await tokens.verify("\(parts[0]).\(payload).\(parts[2])") }
    }

    @Test func wrongClaimsAreRefused() async throws {
        let tokens = try await makeTokens()
        let changes: [(inout AccessTokenClaims) -> Void] = [
            { $0.iss = "someone" }, { $0.aud = "other" }, { $0.typ = "refresh" }, { $0.sub = "x" }, { $0.sid = "" },
            { $0.userID = SystemIDs().uuid().uuidString.lowercased() }, { $0.exp = 0 },
        ]
        for change in changes {
            var claims = claims()
            change(&claims)
            let token = try sign(header: ["alg": "HS256"], claims)
            try await expectError(.unauthenticated) { try await tokens.verify(token) }
        }
    }

    @Test func everyRefusalSaysTheSame() async throws {
        let tokens = try await makeTokens()
        let token = try await tokens.issue(user, sessionID: session)
        clock.advance(by: .seconds(4000))
        let expired = try await expectError(.unauthenticated) { try await tokens.verify(token) }
        let forged = try await expectError(.unauthenticated) { try await tokens.verify("a.b.c") }
        #expect(expired.userMessage == forged.userMessage)
        #expect(expired.operatorMessage != forged.operatorMessage)
    }

    @Test func aShortSecretStopsTheStart() async throws {
        try await expectError(.misconfigured) { try await AccessTokens(secret: String(repeating: "x", count: 31)) }
    }

    // MARK: - Forging

    private func makeTokens(secret: String = secret) async throws -> AccessTokens {
        try await AccessTokens(secret: secret, clock: clock, ids: SequentialIDs(seed: 7))
    }

    private func claims() -> AccessTokenClaims {
        let now = clock.now.seconds
        return AccessTokenClaims(
            sub: user.id.description, userID: user.id.description, sid: session.description, roles: ["player"],
            city: "Cali", firstName: "A", lastName: "B", iss: "anb", aud: "anb-api", iat: now, exp: now + 60, jti: "j",
            typ: "access")
    }

    private func sign<Hash>(
        header: [String: String], _ claims: AccessTokenClaims, with _: HMAC<Hash>.Type = HMAC<SHA256>.self
    ) throws -> String {
        let text = try "\(base64URL(JSONEncoder().encode(header))).\(base64URL(JSONEncoder().encode(claims)))"
        let code = HMAC<Hash>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: Data(Self.secret.utf8)))
        return "\(text).\(base64URL(Data(code)))"
    }

    private func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private func part(_ index: Int, of token: String) throws -> [String: Any] {
        let text = token.split(separator: ".")[index].replacing("-", with: "+").replacing("_", with: "/")
        let data = try #require(Data(base64Encoded: text + String(repeating: "=", count: (4 - text.count % 4) % 4)))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }
}
