import ANBCore
public import ANBHTTP
import ANBQueue
import ANBStorage
import Hummingbird
import Logging
public import ServiceLifecycle

extension Assembly {
    /// Everything that `anb-api serve` runs. The server and its grace come last, so that they are the first to end.
    public func apiServices(routes: HTTPSettings.RouteSet, worksItself: Bool) async throws -> [any Service] {
        var http = HTTPSettings(
            publicBaseURL: settings.publicBaseURL, routes: routes,
            tokens: TokenSettings(accessSeconds: settings.accessTokenLife.components.seconds), rates: settings.rates.rules,
            trustedProxies: settings.rates.proxies, crossOrigins: settings.crossOrigins)
        http.limits.keptSecondsMax = settings.connectionLife.components.seconds
        let draining = Draining()
        http.isTraced = telemetry.spans != nil
        let contestRoutes = ContestRoutes(
            contest: contest,
            tokens: AccessTokens(keys: try await tokenKeys(), settings: http.tokens),
            readiness: readiness(draining), mediaSigner: signer, settings: http, limiter: rates.limiter)
        let (logger, dataDirectory) = (logger, settings.dataDirectory)
        let server = makeContestApplication(contestRoutes, host: settings.host, port: settings.port, logger: logger) { channel in
            logger.notice("\(ListeningLine(address: channel.localAddress, routes: routes, dataDirectory: dataDirectory))")
        }
        let runner = worksItself ? jobRunner() : nil
        let drain = DrainService(draining: draining, runner: runner, grace: settings.drainGrace, logger: logger)
        // The relay runs here too: where workers are started by what waits in the queue, a bell that did not ring would
        // otherwise wait with its video until another one comes.
        let upkeep = ContestUpkeep(of: contest, sweepInterval: settings.sweepInterval)
        return webhookServices() + [upkeep] + (runner.map { [RunnerService(runner: $0)] } ?? []) + [server, drain]
    }

    private func readiness(_ draining: Draining) -> Readiness {
        var readiness = Readiness(contest.backends)
        let space = DiskSpace(path: settings.dataDirectory)
        readiness.checks.append(Readiness.Check(name: "disk") { try await space.check() })
        readiness.checks.append(Readiness.check(draining))
        return readiness
    }

    private func tokenKeys() async throws -> TokenKeys {
        try await TokenKeys(
            secrets: secret.tokenSecrets, file: settings.tokenKeyFile, signingWith: settings.tokenAlgorithm)
    }
}
