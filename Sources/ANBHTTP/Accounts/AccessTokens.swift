public import ANBCore
import Crypto
import Foundation
import JWTKit

/// Makes and checks access tokens: JWT with HS256, and never another algorithm, whatever a token claims.
public struct AccessTokens: Sendable {
    /// Bytes of the shortest secret that HS256 may use (RFC 7518 §3.2).
    public static let secretBytesMin = 32
    private static let algorithm = "HS256"

    /// Seconds a token works, for `expires_in`.
    public var lifeSeconds: Int64 { settings.accessSeconds }

    private let keys: JWTKeyCollection
    private let settings: TokenSettings
    private let clock: any WallClock
    private let ids: any IDGenerator
    private let verified = VerifiedTokens()

    /// - Parameters:
    ///   - secret: At least ``secretBytesMin`` bytes, the same on every server.
    ///   - settings: Issuer, audience and life.
    /// - Throws: ``ANBError/Code/misconfigured`` when the secret is too short.
    public init(
        secret: String, settings: TokenSettings = TokenSettings(), clock: any WallClock = SystemClock(),
        ids: any IDGenerator = SystemIDs()
    ) async throws {
        guard secret.utf8.count >= Self.secretBytesMin else {
            throw ANBError(
                .misconfigured, "The server is not set up.",
                operatorMessage: "the token secret must have at least \(Self.secretBytesMin) bytes")
        }
        self.keys = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
        self.settings = settings
        self.clock = clock
        self.ids = ids
    }

    /// A token for a person's session.
    public func issue(_ user: User, sessionID: SessionID) async throws -> String {
        let now = clock.now.seconds
        let claims = AccessTokenClaims(
            sub: user.id.description, userID: user.id.description, sid: sessionID.description,
            roles: user.roles.map(\.rawValue), city: user.city.name, firstName: user.firstName, lastName: user.lastName,
            iss: settings.issuer, aud: settings.audience, iat: now, exp: now + settings.accessSeconds,
            jti: ids.uuidText(), typ: AccessTokenClaims.accessType)
        return try await keys.sign(claims)
    }

    /// Who the token was made for.
    /// - Throws: ``ANBError/Code/unauthenticated``, with the same text whatever is wrong.
    public func verify(_ token: String) async throws -> Identity {
        let (digest, now) = (SHA256.hash(data: Data(token.utf8)), clock.now.seconds)
        if let identity = verified.identity(of: digest, now: now) { return identity }
        do {
            try Self.checkHeader(of: token)
            let claims = try await keys.verify(token, as: AccessTokenClaims.self)
            let identity = try identity(from: claims)
            verified.remember(digest, identity, expires: claims.exp, now: now)
            return identity
        } catch let error as ANBError {
            throw error
        } catch {
            throw Self.refused("\(error)")
        }
    }

    /// The library verifies with our key whatever the header names; we take only what we would write.
    private static func checkHeader(of token: String) throws {
        let header = try DefaultJWTParser().parse(Data(token.utf8), as: AccessTokenClaims.self).header
        guard header.alg == algorithm else { throw refused("algorithm is not \(algorithm)") }
        guard header.typ == nil || header.typ == "JWT" else { throw refused("header typ is not JWT") }
        guard header.fields["crit"] == nil else { throw refused("critical header parameters") }
    }

    private func identity(from claims: AccessTokenClaims) throws -> Identity {
        let now = clock.now.seconds
        guard claims.typ == AccessTokenClaims.accessType else { throw Self.refused("not an access token") }
        guard claims.iss == settings.issuer else { throw Self.refused("another issuer") }
        guard claims.aud == settings.audience else { throw Self.refused("another audience") }
        guard claims.exp > now else { throw Self.refused("expired") }
        guard claims.sub == claims.userID, let user = UserID(claims.sub), let session = SessionID(claims.sid) else {
            throw Self.refused("no user or no session")
        }
        return Identity(userID: user, sessionID: session, roles: claims.roles.compactMap(User.Role.init))
    }

    private static func refused(_ reason: String) -> ANBError {
        ANBError(
            .unauthenticated, "The access token is expired or not valid. Please log in again.",
            operatorMessage: "access token refused: \(reason)")
    }
}
