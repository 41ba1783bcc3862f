import ANBCore
import Crypto
import Foundation
import HTTPTypes
import Hummingbird

/// Who calls.
struct Authenticator: Sendable {
    let tokens: AccessTokens
    let sessions: LiveSessions

    /// The identity in the header `Authorization: Bearer <access token>`, and nowhere else.
    /// - Throws: ``ANBError/Code/unauthenticated``.
    func identity(of request: Request) async throws -> Identity {
        guard let header = request.headers[.authorization] else {
            throw ANBError(.unauthenticated, "Log in first: the header Authorization: Bearer <access token> is missing.")
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw ANBError(.unauthenticated, "The header Authorization must be: Bearer <access token>.")
        }
        let identity = try await tokens.verify(String(parts[1]))
        try await sessions.check(identity)
        return identity
    }

    /// What tells one client from another when a refresh token comes twice.
    static func client(of call: Call) -> String {
        let text = "\(call.remoteAddress ?? "") \(call.request.headers[.userAgent] ?? "")"
        return SHA256.hash(data: Data(text.utf8)).lowercaseHex
    }
}
