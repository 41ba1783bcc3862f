/// The public keys of access tokens (RFC 7517, RFC 8037), for others that check them.
struct KeySetAnswer: Encodable {
    struct Key: Encodable, Sendable {
        let kty = "OKP"
        let crv = "Ed25519"
        let use = "sig"
        let alg = TokenKeys.Algorithm.edDSA.rawValue
        var kid: String
        var x: String
    }

    var keys: [Key]
}
