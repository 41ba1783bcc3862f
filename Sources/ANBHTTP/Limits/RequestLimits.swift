import ANBCore
import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// Refuses who comes too often: by account, and by the network that the client is in.
///
/// A client whose address is unknown, or is this machine's own, has no network: behind a proxy that is not trusted
/// everyone would share one.
struct RequestLimits: Sendable {
    /// Behind the error of a refused request, for its headers.
    struct Refusal: Error {
        var headers: HTTPFields
    }

    let limiter: (any RateLimiter)?
    let rules: RateRules
    let proxies: TrustedProxies

    func login(_ call: Call, email: String) async throws -> HTTPFields {
        let account = email.lowercased().filter { !$0.isWhitespace }
        let network = network(of: call)
        return try await take(
            "login",
            [
                (rules.login, "account and network", [account, network ?? ""]), (rules.loginAccount, "account", [account]),
                (rules.loginNetwork, "network", network.map { [$0] }),
            ])
    }

    func signUp(_ call: Call) async throws -> HTTPFields {
        try await take("signup", [(rules.signUpNetwork, "network", network(of: call).map { [$0] })])
    }

    func vote(_ call: Call) async throws -> HTTPFields {
        try await take(
            "vote",
            [
                (rules.vote, "account", ["\(try call.identity.userID)"]),
                (rules.voteNetwork, "network", network(of: call).map { [$0] }),
            ])
    }

    func upload(_ call: Call) async throws -> HTTPFields {
        try await take(
            "upload",
            [
                (rules.upload, "account", ["\(try call.identity.userID)"]),
                (rules.uploadNetwork, "network", network(of: call).map { [$0] }),
            ])
    }

    // MARK: - Buckets

    /// - Parameter buckets: The limit, what it is by, and whose it is; nobody's when `nil`.
    /// - Returns: The header fields that tell the client how it stands.
    /// - Throws: ``ANBError/Code/rateLimited``.
    private func take(_ action: String, _ buckets: [(RateLimit?, String, [String]?)]) async throws -> HTTPFields {
        let wanted = buckets.compactMap { limit, scope, subject -> RateBucket? in
            guard let limit, let subject else { return nil }
            return RateBucket(key: Self.key([action, scope] + subject), limit: limit)
        }
        guard let limiter, !wanted.isEmpty else { return [:] }
        let decision = try await limiter.take(wanted)
        let headers = Self.headers(decision, action)
        if decision.isAllowed { return headers }
        throw ANBError(
            .rateLimited, "Too many requests of this kind. Please try again later.",
            operatorMessage: "\(action): more than \(decision.limit.count) in \(decision.limit.period)",
            recovery: .retryLater(after: decision.retryAfter), cause: Refusal(headers: headers))
    }

    /// Lengths between the parts, so that no two lists of parts make one text; a hash, so that no stranger's text and
    /// nobody's e-mail becomes a key.
    private static func key(_ parts: [String]) -> String {
        let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
        return "\(parts[0]):\(SHA256.hash(data: Data(text.utf8)).lowercaseHex.prefix(32))"
    }

    private func network(of call: Call) -> String? {
        client(of: call)?.network.map(String.init).joined(separator: ".")
    }

    /// `nil` when it is unknown, or this machine's own.
    func client(of call: Call) -> ClientAddress? {
        guard let client = proxies.client(peer: call.remoteAddress, forwarded: call.request.headers[values: .forwardedFor]),
            !client.isLoopback
        else { return nil }
        return client
    }

    /// As in the draft draft-ietf-httpapi-ratelimit-headers-10.
    private static func headers(_ decision: RateDecision, _ name: String) -> HTTPFields {
        let (limit, wait) = (decision.limit, Int64(decision.retryAfter.inSeconds.rounded(.up)))
        return [
            .rateLimitPolicy: "\"\(name)\";q=\(limit.count);w=\(limit.period.components.seconds)",
            .rateLimit: "\"\(name)\";r=\(decision.remaining);t=\(wait)",
        ]
    }
}
