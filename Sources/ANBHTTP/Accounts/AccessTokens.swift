public import ANBCore
import Crypto
import Foundation
import JWTKit

/// Makes and checks access tokens: JWT, signed by one of ``TokenKeys``.
public struct AccessTokens: Sendable {
    /// Seconds a token works, for `expires_in`.
    public var lifeSeconds: Int64 { settings.accessSeconds }

    private let keys: TokenKeys
    private let settings: TokenSettings
    private let clock: any WallClock
    private let ids: any IDGenerator
    private let verified = VerifiedTokens()

    /// - Parameters:
    ///   - keys: The same on every server.
    ///   - settings: Issuer, audience and life.
    ///   - clock: The time.
    ///   - ids: Identities and chance.
    public init(
        keys: TokenKeys, settings: TokenSettings = TokenSettings(), clock: any WallClock = SystemClock(),
        ids: any IDGenerator = SystemIDs()
    ) {
        self.keys = keys
        self.settings = settings
        self.clock = clock
        self.ids = ids
    }

    /// With one secret for HS256.
    public init(
        secret: String, settings: TokenSettings = TokenSettings(), clock: any WallClock = SystemClock(),
        ids: any IDGenerator = SystemIDs()
    ) async throws {
        self.init(keys: try await TokenKeys(secrets: [secret]), settings: settings, clock: clock, ids: ids)
    }

    /// A token for a person's session.
    public func issue(_ user: User, sessionID: SessionID) async throws -> String {
        let now = clock.now.seconds
        let claims = AccessTokenClaims(
            sub: user.id.description, userID: user.id.description, sid: sessionID.description,
            roles: user.roles.map(\.rawValue), city: user.city.name, firstName: user.firstName, lastName: user.lastName,
            iss: settings.issuer, aud: settings.audience, iat: now, exp: now + settings.accessSeconds,
            jti: ids.uuidText(), typ: AccessTokenClaims.accessType)
        return try await keys.signing.keys.sign(claims, kid: JWKIdentifier(string: keys.signing.id))
    }

    /// The public keys by which others may check tokens.
    var publishedKeys: KeySetAnswer { keys.published }

    /// Who the token was made for.
    /// - Throws: `ANBError.Code.unauthenticated`, with the same text whatever is wrong.
    public func verify(_ token: String) async throws -> Identity {
        let (digest, now) = (SHA256.hash(data: Data(token.utf8)), clock.now.seconds)
        if let identity = verified.identity(of: digest, now: now) { return identity }
        do {
            let claims = try await signedClaims(of: token)
            let identity = try identity(from: claims)
            verified.remember(digest, identity, expires: claims.exp, now: now)
            return identity
        } catch let error as ANBError {
            throw error
        } catch {
            throw Self.refused("\(error)")
        }
    }

    /// The library verifies with the key it has whatever the header names; we take only what we would write.
    private func signedClaims(of token: String) async throws -> AccessTokenClaims {
        let header = try DefaultJWTParser().parse(Data(token.utf8), as: AccessTokenClaims.self).header
        guard header.typ == nil || header.typ == "JWT" else { throw Self.refused("header typ is not JWT") }
        guard header.fields["crit"] == nil else { throw Self.refused("critical header parameters") }
        guard header.kid != nil || header.fields["kid"] == nil else { throw Self.refused("kid is not a text") }
        for key in keys.candidates(algorithm: header.alg, id: header.kid) {
            if let claims = try? await key.keys.verify(token, as: AccessTokenClaims.self) { return claims }
        }
        throw Self.refused("no key of ours with this name and algorithm signed it")
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
