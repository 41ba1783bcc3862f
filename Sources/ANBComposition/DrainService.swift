import ANBHTTP
import Logging
import ServiceLifecycle

/// The time between SIGTERM and the end of listening, in which load balancers learn to look elsewhere. It comes last, so
/// that it is the first to end.
struct DrainService: Service {
    let draining: Draining
    let grace: Duration
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        draining.begin()
        logger.notice("ending: /ready is 503 from now on", metadata: ["still_listening": "\(grace)"])
        try? await Task.sleep(for: grace)
    }
}
