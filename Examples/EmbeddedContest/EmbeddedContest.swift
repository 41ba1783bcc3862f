import ANBCore
import ANBHTTP
import ANBMedia
import ANBMemoryDatabase
import ANBQueue
import ANBStorage
import Crypto
import Foundation
import Hummingbird
import Logging

/// The contest inside another Hummingbird service, with everything in memory: `PORT=8080 Scripts/swift run EmbeddedContest`.
@main
struct EmbeddedContest {
    static func main() async throws {
        MediaChild.runIfRequested()  // first: decoding happens in a child process of this very program
        let port = ProcessInfo.processInfo.environment["PORT"].flatMap(Int.init) ?? 8080
        let logger = Logger(label: "my-service")
        let (signer, queue) = (try LocalURLSigner(secret: SymmetricKey(size: .bits256)), MemoryJobQueue())
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

        var service = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: port)))
        service.addServices(
            ContestUpkeep(of: contest),
            JobRunner(
                database: contest.backends.database, queue: queue, handlers: contest.jobHandlers,
                settings: JobRunnerSettings(worker: "embedded"), logger: logger))
        try await service.runService()
    }
}
