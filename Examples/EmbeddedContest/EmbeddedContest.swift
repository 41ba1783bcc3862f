import ANBCore
import ANBHTTP
import ANBMedia
import ANBPersistence
import ANBQueue
import ANBStorage
import Crypto
import Foundation
import Hummingbird
import Logging
import ServiceLifecycle

/// The contest inside another Hummingbird service, with everything in memory.
@main
struct EmbeddedContest {
    static func main() async throws {
        MediaChild.runIfRequested()  // first: decoding happens in a child process of this very program
        let logger = Logger(label: "my-service")
        let signer = try LocalURLSigner(secret: SymmetricKey(size: .bits256))
        let queue = MemoryJobQueue(clock: SystemClock())
        let contest = Contest(
            Contest.Backends(
                database: MemoryDatabase(), objects: MemoryObjectStore(signer: signer), queue: queue,
                media: ChildProcessMediaEngine(), scratch: try await FileScratchSpace.open(root: NSTemporaryDirectory() + "anb"),
                hasher: Argon2Hasher()),
            tokens: RefreshTokenChain(key: SymmetricKey(size: .bits256)), logger: logger)
        let router = Router()
        router.get("hello") { _, _ in "a route of my own" }
        ContestRoutes(
            contest: contest, tokens: try await AccessTokens(secret: UUID().uuidString),
            readiness: Readiness(contest.backends), mediaSigner: signer
        ).add(to: router)
        let worker = JobRunner(
            database: contest.backends.database, queue: queue, handlers: contest.jobHandlers,
            settings: JobRunnerSettings(worker: "embedded"), logger: logger)
        try await ServiceGroup(services: [worker, Application(router: router)], logger: logger).run()
    }
}
