import ANBCore
import HTTPTypes
import Hummingbird
import NIOCore

/// Accounts and sign-ins, under each of the prefixes that clients know.
struct AccountRoutes: Sendable {
    static let prefix = "/api/auth"
    /// Those of the split auth service.
    private static let otherPrefixes = ["/auth", "/auth/api/v1"]

    let accounts: Accounts
    let closing: AccountClosing
    let repeats: Repeats
    let tokens: AccessTokens
    let sessions: LiveSessions
    let bodies: BodyReader
    let limits: RequestLimits

    var all: [Route] {
        let routes = documented
        return routes
            + Self.otherPrefixes.flatMap { prefix in routes.map { $0.alias(prefix + $0.path.dropFirst(Self.prefix.count)) } }
            + [keySet.alias("/.well-known/jwks.json"), Route(.get, "/auth/api/v1/status") { _ in Reply(HealthAnswer()) }]
    }

    private var documented: [Route] {
        [
            Route(
                .post, "\(Self.prefix)/signup", .anyone,
                Operation("signUp", .accounts, "Open an account").with(.idempotencyKey).taking(SignUpBody.self)
                    .refusing(.conflict, .rateLimited, .inProgress, .idempotencyMismatch),
                status: .created, signUp),
            Route(
                .post, "\(Self.prefix)/login", .anyone,
                Operation("logIn", .accounts, "Log in, by JSON or by the form that OAuth 2 clients send")
                    .taking(LoginBody.self).taking(.loginForm).refusing(.unauthenticated, .rateLimited), logIn),
            Route(
                .post, "\(Self.prefix)/refresh", .anyone,
                Operation(
                    "refresh", .accounts,
                    "Exchange a refresh token for new tokens; an old one that comes again ends its session"
                ).taking(RefreshBody.self).refusing(.unauthenticated), refresh),
            Route(
                .post, "\(Self.prefix)/logout", .signedIn, Operation("logOut", .accounts, "End the session"), logOut),
            Route(
                .get, "\(Self.prefix)/sessions", .signedIn,
                Operation("listSessions", .accounts, "Where the caller is logged in, last used first"), listSessions),
            Route(
                .delete, "\(Self.prefix)/sessions/:id", .signedIn,
                Operation("endSession", .accounts, "Log out somewhere else"), endSession),
            Route(.get, "\(Self.prefix)/me", .signedIn, Operation("showMe", .accounts, "The caller's account"), me),
            Route(
                .patch, "\(Self.prefix)/me", .signedIn,
                Operation("changeMe", .accounts, "Change the caller's account").taking(AccountChangesBody.self), change),
            Route(
                .delete, "\(Self.prefix)/me", .signedIn,
                Operation("closeMe", .accounts, "Close the caller's account for good, with all their videos")
                    .taking(PasswordBody.self).refusing(.forbidden, .rateLimited), close),
            Route(
                .post, "\(Self.prefix)/me/password", .signedIn,
                Operation("changePassword", .accounts, "Change the caller's password; all other sessions end")
                    .taking(PasswordChangeBody.self).refusing(.forbidden, .rateLimited), changePassword),
            keySet,
            Route(
                .get, "\(Self.prefix)/me/export", .signedIn,
                Operation("exportMe", .accounts, "Everything that is stored about the caller"), export),
        ]
    }

    private var keySet: Route {
        Route(
            .get, "\(Self.prefix)/.well-known/jwks.json", .anyone,
            Operation("listKeys", .accounts, "The public keys of access tokens; none where they are signed with a secret")
        ) { _ in Reply(tokens.publishedKeys, headers: [.cacheControl: "public, max-age=300"]) }
    }

    private func signUp(_ call: Call) async throws -> Reply<SignUpAnswer> {
        let body: SignUpBody = try await bodies.json(call.request)
        let standing = try await limits.signUp(call)
        // Nobody is signed in yet: the key is that of whoever knows the e-mail and sends the same again. Within one network it
        // stands for one sign-up, whatever the e-mail.
        let (key, network) = (call.request.headers[.idempotencyKey], limits.network(of: call) ?? "")
        let here = try repeats.request(key: key, owner: .network(network), content: body.fields)
        let repeated = try repeats.request(key: key, owner: .signUp(email: body.email), content: body.fields)
        guard let here, let repeated else {
            return Reply(SignUpAnswer(try await accounts.signUp(body.form)), headers: standing)
        }
        let answer = try await repeats.binding(here) {
            try await repeats.once(
                repeated, answer: { try KeptAnswer(SignUpAnswer($0), status: .created) }, refusal: KeptAnswer.init(refusal:)
            ) { try await accounts.signUp(body.form, noting: $0) }
        }
        return Reply(kept: answer, headers: standing)
    }

    private func logIn(_ call: Call) async throws -> Reply<TokenAnswer> {
        let body = try await credentials(call.request)
        let (signedIn, standing) = try await limits.login(call, email: body.email, isWrong: { $0 == .unauthenticated }) {
            try await accounts.logIn(email: body.email, password: body.password, client: limits.clientMark(of: call))
        }
        var reply = try await answer(signedIn)
        reply.headers = standing
        return reply
    }

    private static let credentialsRule =
        "Send JSON with Content-Type: application/json, or the form fields username and password."

    /// JSON, or the form that OAuth 2 clients send.
    private func credentials(_ request: Request) async throws -> LoginBody {
        guard BodyReader.mediaType(request) == "application/x-www-form-urlencoded" else {
            return try await bodies.json(request, rule: Self.credentialsRule)
        }
        let form = try FormValues(String(buffer: await bodies.collect(request)))
        // Clients that name no type send this one, whatever is in the body.
        guard let email = form["username"] else { throw ANBError(.invalidRequest, Self.credentialsRule) }
        guard let password = form["password"] else { throw ANBError(.invalidRequest, "password is missing.") }
        return LoginBody(email: email, password: password)
    }

    private func refresh(_ call: Call) async throws -> Reply<TokenAnswer> {
        let body: RefreshBody = try await bodies.json(call.request)
        return try await answer(accounts.refresh(body.refreshToken, client: limits.clientMark(of: call)))
    }

    private func answer(_ signedIn: Accounts.SignedIn) async throws -> Reply<TokenAnswer> {
        Reply(
            TokenAnswer(
                accessToken: try await tokens.issue(signedIn.user, sessionID: signedIn.sessionID),
                expiresIn: tokens.lifeSeconds, refreshToken: signedIn.refreshToken,
                refreshExpiresIn: max(0, signedIn.refreshExpiresAt.seconds - bodies.clock.now.seconds)))
    }

    private func logOut(_ call: Call) async throws -> Reply<MessageAnswer> {
        let identity = try call.identity
        try await accounts.logOut(identity)
        sessions.forget(identity.sessionID)
        return Reply(MessageAnswer(message: "You are logged out."))
    }

    private func listSessions(_ call: Call) async throws -> Reply<[SessionAnswer]> {
        let identity = try call.identity
        return Reply(try await accounts.sessions(of: identity).map { SessionAnswer($0, isCurrent: $0.id == identity.sessionID) })
    }

    private func endSession(_ call: Call) async throws -> Reply<MessageAnswer> {
        let id: SessionID = try call.identifier("id")
        try await accounts.endSession(id, of: call.identity)
        sessions.forget(id)
        return Reply(MessageAnswer(message: "The session was ended."))
    }

    private func me(_ call: Call) async throws -> Reply<AccountAnswer> {
        Reply(AccountAnswer(try await accounts.account(call.identity)))
    }

    /// Guessing the password with a stolen token is limited as logging in is.
    private func close(_ call: Call) async throws -> Reply<MessageAnswer> {
        let identity = try call.identity
        let body: PasswordBody = try await bodies.json(call.request)
        let email = try await accounts.account(identity).email
        let (_, standing) = try await limits.login(call, email: email, isWrong: { $0 == .forbidden }) {
            try await closing.close(identity, password: body.password, correlationID: call.correlationID)
        }
        sessions.forget(identity.sessionID)
        return Reply(MessageAnswer(message: "Your account was deleted."), headers: standing)
    }

    private func changePassword(_ call: Call) async throws -> Reply<MessageAnswer> {
        let identity = try call.identity
        let body: PasswordChangeBody = try await bodies.json(call.request)
        let email = try await accounts.account(identity).email
        let (ended, standing) = try await limits.login(call, email: email, isWrong: { $0 == .forbidden }) {
            try await accounts.changePassword(
                identity, .init(current: body.password, new: body.new, repeated: body.repeated))
        }
        for session in ended { sessions.forget(session) }
        return Reply(MessageAnswer(message: "Your password was changed."), headers: standing)
    }

    private func export(_ call: Call) async throws -> Reply<ExportAnswer> {
        Reply(ExportAnswer(try await accounts.export(call.identity), askedBy: try call.identity.sessionID))
    }

    private func change(_ call: Call) async throws -> Reply<AccountAnswer> {
        let identity = try call.identity
        let body: AccountChangesBody = try await bodies.json(call.request)
        return Reply(AccountAnswer(try await accounts.update(identity, body.changes)))
    }
}
