import ANBHTTP
import ANBQueue
import Logging
import ServiceLifecycle

/// The time between SIGTERM and the end of listening, in which load balancers learn to look elsewhere. It comes last, so
/// that it is the first to end.
struct DrainService: Service {
    let draining: Draining
    /// The worker inside, which takes no new work from now on instead of when its turn to end comes.
    let runner: JobRunner?
    let grace: Duration
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        draining.begin()
        runner?.drain()
        logger.notice("ending: /ready is 503 from now on", metadata: ["still_listening": "\(grace)"])
        try? await Task.sleep(for: grace)
    }
}

/// A worker that may be told to end before its turn: the group takes a service that ends by itself for a failure.
struct RunnerService: Service {
    let runner: JobRunner

    func run() async throws {
        await runner.run()
        try? await gracefulShutdown()
    }
}
