import ANBCore
import HTTPTypes
import Hummingbird
import NIOCore

/// Accounts and sign-ins, under each of the prefixes that clients know.
struct AccountRoutes: Sendable {
    /// The first is the contract's; the others are the split auth service's.
    private static let prefixes = ["/api/auth", "/auth", "/auth/api/v1"]

    let accounts: Accounts
    let tokens: AccessTokens
    let authenticator: Authenticator
    let bodies: BodyReader

    var all: [Route] {
        Self.prefixes.flatMap(routes) + [Route(.get, "/auth/api/v1/status") { _ in try HealthRoutes.alive() }]
    }

    private func routes(below prefix: String) -> [Route] {
        [
            Route(.post, "\(prefix)/signup", signUp),
            Route(.post, "\(prefix)/login", logIn),
            Route(.post, "\(prefix)/refresh", refresh),
            Route(.post, "\(prefix)/logout", logOut),
            Route(.get, "\(prefix)/me", me),
            Route(.patch, "\(prefix)/me", change),
        ]
    }

    private func signUp(_ call: Call) async throws -> Response {
        let body: SignUpBody = try await bodies.json(call.request)
        return try JSONAnswer.response(SignUpAnswer(try await accounts.signUp(body.form)), status: .created)
    }

    private func logIn(_ call: Call) async throws -> Response {
        let body = try await credentials(call.request)
        return try await answer(
            accounts.logIn(email: body.email, password: body.password, client: Authenticator.client(of: call)))
    }

    /// JSON, or the form that OAuth 2 clients send.
    private func credentials(_ request: Request) async throws -> LoginBody {
        guard BodyReader.mediaType(request) == "application/x-www-form-urlencoded" else {
            return try await bodies.json(request)
        }
        let form = try FormValues(String(buffer: await bodies.collect(request)))
        guard let email = form["username"] else { throw ANBError(.invalidRequest, "username is missing.") }
        guard let password = form["password"] else { throw ANBError(.invalidRequest, "password is missing.") }
        return LoginBody(email: email, password: password)
    }

    private func refresh(_ call: Call) async throws -> Response {
        let body: RefreshBody = try await bodies.json(call.request)
        return try await answer(accounts.refresh(body.refreshToken, client: Authenticator.client(of: call)))
    }

    private func answer(_ signedIn: Accounts.SignedIn) async throws -> Response {
        try JSONAnswer.response(
            TokenAnswer(
                accessToken: await tokens.issue(signedIn.user, sessionID: signedIn.sessionID),
                expiresIn: tokens.lifeSeconds, refreshToken: signedIn.refreshToken,
                refreshExpiresIn: max(0, signedIn.refreshExpiresAt.seconds - bodies.clock.now.seconds)))
    }

    private func logOut(_ call: Call) async throws -> Response {
        try await accounts.logOut(authenticator.identity(of: call))
        return try JSONAnswer.response(MessageAnswer(message: "You are logged out."))
    }

    private func me(_ call: Call) async throws -> Response {
        try JSONAnswer.response(AccountAnswer(await accounts.account(authenticator.identity(of: call))))
    }

    private func change(_ call: Call) async throws -> Response {
        let identity = try await authenticator.identity(of: call)
        let body: AccountChangesBody = try await bodies.json(call.request)
        return try JSONAnswer.response(AccountAnswer(await accounts.update(identity, body.changes)))
    }
}
