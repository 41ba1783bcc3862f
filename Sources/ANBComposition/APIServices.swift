import ANBCore
public import ANBHTTP
import Hummingbird
import Logging
public import ServiceLifecycle

extension Assembly {
    /// Everything that `anb-api serve` runs. The server comes last, so that it is the first to end.
    public func apiServices(routes: HTTPSettings.RouteSet, worksItself: Bool) async throws -> [any Service] {
        let http = HTTPSettings(
            publicBaseURL: settings.publicBaseURL, routes: routes,
            tokens: TokenSettings(accessSeconds: settings.accessTokenLife.components.seconds), rates: settings.rates.rules,
            trustedProxies: settings.rates.proxies)
        let contestRoutes = ContestRoutes(
            contest: contest,
            tokens: AccessTokens(keys: try await tokenKeys(), settings: http.tokens),
            readiness: Readiness(contest.backends), mediaSigner: signer, settings: http, limiter: rates.limiter)
        let logger = logger
        let server = makeContestApplication(contestRoutes, host: settings.host, port: settings.port, logger: logger) { channel in
            logger.notice("listening on http://\(channel.localAddress?.description ?? "?")")
        }
        return (worksItself ? workerServices() : []) + [sweepingService(), sealingService(), server]
    }

    private func tokenKeys() async throws -> TokenKeys {
        try await TokenKeys(
            secrets: secret.tokenSecrets, file: settings.tokenKeyFile, signingWith: settings.tokenAlgorithm)
    }
}
