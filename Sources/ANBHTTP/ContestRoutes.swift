public import ANBCore
public import Hummingbird

/// The contest's HTTP routes, to be mounted in any Hummingbird application.
///
/// ```swift
/// let router = Router()
/// ContestRoutes(contest: contest, tokens: tokens, readiness: Readiness(contest.backends)).add(to: router)
/// ```
public struct ContestRoutes: Sendable {
    let contest: Contest
    let tokens: AccessTokens
    let readiness: Readiness
    let mediaSigner: LocalURLSigner?
    let settings: HTTPSettings

    /// - Parameters:
    ///   - contest: What the routes call.
    ///   - tokens: Makes and checks access tokens.
    ///   - readiness: What `/ready` asks.
    ///   - mediaSigner: The signer of the object store, when its URLs are relative and this server serves them.
    ///   - settings: Route set, limits, public address.
    public init(
        contest: Contest, tokens: AccessTokens, readiness: Readiness, mediaSigner: LocalURLSigner? = nil,
        settings: HTTPSettings = HTTPSettings()
    ) {
        self.contest = contest
        self.tokens = tokens
        self.readiness = readiness
        self.mediaSigner = mediaSigner
        self.settings = settings
    }

    /// Adds the routes with their middleware: correlation id, access log, security headers, problem documents. Mount
    /// them at the root: `Location` headers and signed URLs are paths from there.
    public func add<Context: RequestContext>(to router: some RouterMethods<Context>) {
        let group = router.group()
        let routes = all
        addMiddleware(for: routes, to: group)
        add(routes, to: group)
    }

    func add<Context: RequestContext>(_ routes: [Route], to router: some RouterMethods<Context>) {
        for route in routes {
            router.on(RouterPath(stringLiteral: route.path), method: route.method) { request, context in
                try await route.answer(Call(request, context))
            }
        }
    }

    func addMiddleware<Context: RequestContext>(for routes: [Route], to router: some RouterMethods<Context>) {
        router.addMiddleware {
            CorrelationMiddleware(ids: contest.backends.ids)
            AccessLogMiddleware(clock: contest.backends.clock, quietPaths: HealthRoutes.paths)
            AnswerHeadersMiddleware()
            ProblemMiddleware(bodyBytesReadAnyway: settings.limits.jsonBodyBytesMax, table: RouteTable(routes))
        }
    }

    var all: [Route] {
        let clock = contest.backends.clock
        let bodies = BodyReader(limits: settings.limits, clock: clock)
        let authenticator = Authenticator(tokens: tokens)
        var routes = HealthRoutes(readiness: readiness, limits: settings.limits, clock: clock).all
        if settings.routes != .core {
            routes +=
                AccountRoutes(
                    accounts: contest.accounts, tokens: tokens, authenticator: authenticator, bodies: bodies
                ).all
        }
        if settings.routes != .auth { routes += core(authenticator, bodies) }
        return routes
    }

    private func core(_ authenticator: Authenticator, _ bodies: BodyReader) -> [Route] {
        let links = Links(library: contest.library, publicBaseURL: settings.publicBaseURL)
        var routes = UploadRoutes(uploads: contest.uploads, authenticator: authenticator, bodies: bodies).all
        routes += LibraryRoutes(library: contest.library, authenticator: authenticator, links: links).all
        routes += ShowcaseRoutes(showcase: contest.showcase, links: links).all
        routes += VoteRoutes(voting: contest.voting, authenticator: authenticator).all
        if let mediaSigner {
            routes += MediaRoutes(objects: contest.backends.objects, signer: mediaSigner, clock: bodies.clock).all
        }
        routes += PageRoutes(showcase: contest.showcase, links: links, rules: contest.rules, beside: routes).all
        return routes
    }
}

/// A router with the contest's routes and nothing else. Unknown paths and wrong methods are problem documents too.
public func makeContestRouter(_ routes: ContestRoutes) -> Router<ContestRequestContext> {
    let router = Router(context: ContestRequestContext.self, options: .autoGenerateHeadEndpoints)
    let all = routes.all
    routes.addMiddleware(for: all, to: router)
    routes.add(all, to: router)
    return router
}
