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
    let fingerprint: Fingerprint

    /// Runs the check of a password. After failures the next try has to wait, longer each time; the same for an e-mail that
    /// nobody has.
    /// - Parameter isWrong: Whether an error of the check says that the password was wrong.
    /// - Throws: ``ANBError/Code/rateLimited``, and what the check throws.
    func login<Value>(
        _ call: Call, email: String, isWrong: (ANBError.Code) -> Bool, _ check: () async throws -> Value
    ) async throws -> (Value, HTTPFields) {
        let account = Accounts.signInName(email)
        let network = network(of: call)
        // First of all: who must wait anyway takes nothing from the account's share, which its owner needs elsewhere.
        let tries = try await LoginTries.begin(
            limiter, account: bucket("failures", rules.loginFailures, "account and network", [account, network ?? ""]),
            network: bucket("failures", rules.loginFailuresNetwork, "network", network.map { [$0] }))
        do {
            let headers = try await take(
                "login",
                [
                    (rules.login, "account and network", [account, network ?? ""]), (rules.loginAccount, "account", [account]),
                    (rules.loginNetwork, "network", network.map { [$0] }),
                ])
            let value = try await check()
            try await tries.passed()
            return (value, headers)
        } catch {
            if let code = (error as? ANBError)?.code, isWrong(code) { try await tries.failed() } else { try await tries.undone() }
            throw error
        }
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
        let wanted = buckets.compactMap { bucket(action, $0, $1, $2) }
        guard let limiter, !wanted.isEmpty else { return [:] }
        let decision = try await limiter.take(wanted)
        let headers = Self.headers(decision, action)
        if decision.isAllowed { return headers }
        throw ANBError(
            .rateLimited, "Too many requests of this kind. Please try again later.",
            operatorMessage: "\(action): more than \(decision.limit.count) in \(decision.limit.period)",
            recovery: .retryLater(after: decision.retryAfter), cause: Refusal(headers: headers))
    }

    /// Lengths between the parts, so that no two lists of parts make one text; a keyed hash, so that no stranger's text
    /// becomes a key and nobody finds e-mails among them.
    private func bucket(_ action: String, _ limit: RateLimit?, _ scope: String, _ subject: [String]?) -> RateBucket? {
        guard let limit, let subject else { return nil }
        let text = ([action, scope] + subject).map { "\($0.utf8.count):\($0)" }.joined()
        return RateBucket(key: "\(action):\(fingerprint(text.utf8))", limit: limit)
    }

    /// What people of one household or organisation share; `nil` as ``client(of:)``.
    func network(of call: Call) -> String? {
        client(of: call)?.network.map(String.init).joined(separator: ".")
    }

    /// What tells one client from another when a refresh token comes twice, whatever proxies are in between.
    func clientMark(of call: Call) -> String {
        let address = client(of: call).map { $0.bytes.map(String.init).joined(separator: ".") } ?? call.remoteAddress
        let text = "\(address ?? "") \(call.request.headers[.userAgent] ?? "")"
        return SHA256.hash(data: Data(text.utf8)).lowercaseHex
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
