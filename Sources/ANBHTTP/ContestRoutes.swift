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

    /// Adds the routes with their middleware: correlation id, access log, security headers, problem documents.
    public func add<Context: RequestContext>(to router: some RouterMethods<Context>) {
    }
}

/// A router with the contest's routes and nothing else. Unknown paths and wrong methods are problem documents too.
public func makeContestRouter(_ routes: ContestRoutes) -> Router<ContestRequestContext> {
    let router = Router(context: ContestRequestContext.self, options: .autoGenerateHeadEndpoints)
    routes.add(to: router)
    return router
}
