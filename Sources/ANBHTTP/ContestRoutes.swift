public import ANBCore
public import Foundation
public import Hummingbird
public import Metrics

/// The contest's HTTP routes, to be mounted in any Hummingbird application.
///
/// ```swift
/// let router = Router()
/// ContestRoutes(contest: contest, tokens: tokens, readiness: Readiness(contest.backends)).add(to: router)
/// ```
public struct ContestRoutes: Sendable {
    let contest: Contest
    private let callers: Callers
    let readiness: Readiness
    let mediaSigner: LocalURLSigner?
    let settings: HTTPSettings
    let limiter: (any RateLimiter)?
    private let boards: BoardCache<BoardPage>
    private let metrics: any MetricsFactory

    /// - Parameters:
    ///   - contest: What the routes call.
    ///   - tokens: Makes and checks access tokens.
    ///   - readiness: What `/ready` asks.
    ///   - mediaSigner: The signer of the object store, when its URLs are relative and this server serves them.
    ///   - settings: Route set, limits, public address.
    ///   - limiter: Counts what ``HTTPSettings/rates`` limits; `nil` limits nothing.
    ///   - metrics: Takes the figures of requests.
    public init(
        contest: Contest, tokens: AccessTokens, readiness: Readiness, mediaSigner: LocalURLSigner? = nil,
        settings: HTTPSettings = HTTPSettings(), limiter: (any RateLimiter)? = nil,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        let sessions = LiveSessions(accounts: contest.accounts, clock: contest.backends.clock)
        self.init(contest, .tokens(tokens, sessions), readiness, mediaSigner, settings, limiter, metrics)
    }

    /// For an application that has accounts of its own: without ours below `/auth`, and without the page, which needs them.
    /// - Parameters:
    ///   - contest: What the routes call.
    ///   - caller: Who makes a request; `nil` is nobody, to whom routes that want somebody answer 401. What it throws is
    ///     answered too. The contest has to know the person: see `Accounts.admit(_:)`.
    ///   - readiness: What `/ready` asks.
    ///   - mediaSigner: The signer of the object store, when its URLs are relative and this server serves them.
    ///   - settings: Limits, public address; its route set does not matter.
    ///   - limiter: Counts what ``HTTPSettings/rates`` limits; `nil` limits nothing.
    ///   - metrics: Takes the figures of requests.
    public init(
        contest: Contest, caller: @escaping @Sendable (Request) async throws -> Identity?, readiness: Readiness,
        mediaSigner: LocalURLSigner? = nil, settings: HTTPSettings = HTTPSettings(), limiter: (any RateLimiter)? = nil,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) {
        var settings = settings
        settings.routes = .core
        self.init(contest, .host(caller), readiness, mediaSigner, settings, limiter, metrics)
    }

    private init(
        _ contest: Contest, _ callers: Callers, _ readiness: Readiness, _ mediaSigner: LocalURLSigner?,
        _ settings: HTTPSettings, _ limiter: (any RateLimiter)?, _ metrics: any MetricsFactory
    ) {
        self.contest = contest
        self.callers = callers
        self.readiness = readiness
        self.mediaSigner = mediaSigner
        self.settings = settings
        self.limiter = limiter
        self.metrics = metrics
        let rules = contest.rules
        // A kept list's links must have most of their life before them.
        self.boards = BoardCache(
            revision: contest.backends.boards, life: min(rules.boardLife, .seconds(rules.limits.signedURLSeconds) / 10),
            clock: contest.backends.clock, logger: contest.boards.logger)
    }

    /// Adds the routes with their middleware: correlation id, access log, security headers, problem documents. Mount
    /// them at the root: `Location` headers and signed URLs are paths from there.
    public func add<Context: RequestContext>(to router: some RouterMethods<Context>) {
        let group = router.group()
        let routes = all
        addMiddleware(for: routes, to: group)
        add(routes, to: group)
    }

    /// The OpenAPI 3.1 document of these routes, as `/openapi.json` answers it.
    public func openAPI() throws -> Data {
        try OpenAPIDocument(all, publicBaseURL: settings.publicBaseURL).json()
    }

    /// The same routes as a collection of requests for Postman and whatever reads its format.
    public func requestCollection() throws -> Data {
        try RequestCollection(OpenAPIDocument(all, publicBaseURL: settings.publicBaseURL)).json()
    }

    func add<Context: RequestContext>(_ routes: [Route], to router: some RouterMethods<Context>) {
        let authenticator = Authenticator(callers: callers)
        for route in routes {
            router.on(RouterPath(stringLiteral: route.path), method: route.method) { request, context in
                let caller = try await authenticator.caller(of: request, route.access)
                return try await route.answer(Call(request, context, caller: caller))
            }
        }
    }

    func addMiddleware<Context: RequestContext>(for routes: [Route], to router: some RouterMethods<Context>) {
        router.addMiddleware {
            CorrelationMiddleware(ids: contest.backends.ids)
            AccessLogMiddleware(
                clock: contest.backends.clock, quietPaths: HealthRoutes.paths,
                meter: RequestMeter(routes, factory: metrics))
            if settings.isTraced { TraceMiddleware(quietPaths: HealthRoutes.paths) }
            if !settings.crossOrigins.isEmpty { CrossOriginMiddleware(origins: settings.crossOrigins) }
            AnswerHeadersMiddleware()
            TusMiddleware()
            ProblemMiddleware(bodyBytesReadAnyway: settings.limits.jsonBodyBytesMax, table: RouteTable(routes))
        }
    }

    var all: [Route] {
        let clock = contest.backends.clock
        let bodies = BodyReader(limits: settings.limits, clock: clock)
        var routes = HealthRoutes(readiness: readiness, limits: settings.limits, clock: clock).all
        let limits = RequestLimits(
            limiter: limiter, rules: settings.rates, proxies: settings.trustedProxies, fingerprint: contest.rateFingerprint)
        if settings.routes != .core, case .tokens(let tokens, let sessions) = callers {
            routes +=
                AccountRoutes(
                    accounts: contest.accounts, closing: contest.accountClosing, repeats: contest.repeats, tokens: tokens,
                    sessions: sessions, bodies: bodies, limits: limits
                ).all
        }
        if settings.routes != .auth { routes += core(bodies, limits) }
        return routes + DocumentRoutes(routes, publicBaseURL: settings.publicBaseURL).all
    }

    private func core(_ bodies: BodyReader, _ limits: RequestLimits) -> [Route] {
        let links = Links(
            library: contest.library, publicBaseURL: settings.publicBaseURL, proxies: settings.trustedProxies)
        var routes = UploadRoutes(uploads: contest.uploads, bodies: bodies, limits: limits).all
        routes +=
            ResumableRoutes(
                uploads: contest.resumableUploads, bodies: bodies, limits: limits, links: links,
                uploadBytesMax: contest.rules.limits.uploadBytesMax
            ).all
        routes += LibraryRoutes(library: contest.library, links: links).all
        routes += EventRoutes(library: contest.library, limits: settings.limits, clock: bodies.clock).all
        routes +=
            ShowcaseRoutes(
                showcase: contest.showcase, links: links, boards: boards,
                linkSeconds: contest.rules.limits.signedURLSeconds, clock: bodies.clock
            ).all
        routes += VoteRoutes(voting: contest.voting, repeats: contest.repeats, limits: limits).all
        routes += ModerationRoutes(moderation: contest.moderation, bodies: bodies, links: links).all
        let backends = contest.backends
        routes +=
            AdminRoutes(
                status: StatusReading(database: backends.database, queue: backends.queue, clock: backends.clock)
            ).all
        if let mediaSigner {
            routes += MediaRoutes(objects: contest.backends.objects, signer: mediaSigner, clock: bodies.clock).all
        }
        if case .tokens = callers {
            routes += PageRoutes(showcase: contest.showcase, links: links, rules: contest.rules, beside: routes).all
        }
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
