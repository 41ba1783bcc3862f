import JWTKit

/// What an access token carries. Times are whole seconds since 1970.
struct AccessTokenClaims: JWTPayload, Hashable {
    /// The one value of ``typ``; another kind of token signed with the same key must not pass for this one.
    static let accessType = "access"

    var sub: String
    var userID: String
    var sid: String
    var roles: [String]
    var city: String
    var firstName: String
    var lastName: String
    var iss: String
    var aud: String
    var iat: Int64
    var exp: Int64
    var jti: String
    var typ: String

    enum CodingKeys: String, CodingKey {
        case sub, sid, roles, city, iss, aud, iat, exp, jti, typ
        case userID = "user_id"
        case firstName = "first_name"
        case lastName = "last_name"
    }

    /// The claims are checked by ``AccessTokens``, which knows the time and the settings.
    func verify(using algorithm: some JWTAlgorithm) {}
}
