import ANBCore
import HTTPTypes
import Hummingbird

/// How this server knows people.
enum Callers: Sendable {
    /// By our access tokens.
    case tokens(AccessTokens, LiveSessions)
    /// By the accounts of the application around us.
    case host(@Sendable (Request) async throws -> Identity?)
}

/// Who calls.
struct Authenticator: Sendable {
    let callers: Callers

    /// Who calls, where the route wants to know.
    /// - Throws: ``ANBError/Code/unauthenticated``; ``ANBError/Code/forbidden`` without a role that the route needs.
    func caller(of request: Request, _ access: Route.Access) async throws -> Identity? {
        switch access {
        case .anyone: return nil
        case .signedIn: return try await identity(of: request)
        case .having(let roles):
            let identity = try await identity(of: request)
            guard identity.roles.contains(where: roles.contains) else {
                throw ANBError(.forbidden, "This needs the role \(roles.map(\.rawValue).joined(separator: " or ")).")
            }
            return identity
        }
    }

    /// - Throws: ``ANBError/Code/unauthenticated`` when it is nobody; what the host throws.
    private func identity(of request: Request) async throws -> Identity {
        switch callers {
        case .tokens(let tokens, let sessions): return try await sessions.check(await tokens.verify(Self.token(of: request)))
        case .host(let caller):
            guard let identity = try await caller(request) else { throw ANBError(.unauthenticated, "Log in first.") }
            return identity
        }
    }

    /// What is in the header `Authorization: Bearer <access token>`, and nowhere else.
    /// - Throws: ``ANBError/Code/unauthenticated``.
    private static func token(of request: Request) throws -> String {
        guard let header = request.headers[.authorization] else {
            throw ANBError(.unauthenticated, "Log in first: the header Authorization: Bearer <access token> is missing.")
        }
        // RFC 9110 §11.4: one blank or more.
        let parts = header.split(separator: " ")
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw ANBError(.unauthenticated, "The header Authorization must be: Bearer <access token>.")
        }
        return String(parts[1])
    }
}
