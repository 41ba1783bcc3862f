public import ANBCore
import ANBHTTP
import ANBMedia
import ANBPersistence
import ANBQueue
import ANBStorage
import Foundation
import Logging
public import ServiceLifecycle
import UnixSignals

/// The contest with its backends open: what the executables run.
public struct Assembly: Sendable {
    /// What this process does.
    public enum Role: Sendable {
        /// HTTP and the work.
        case everything
        /// HTTP only; workers are elsewhere.
        case api
        /// The work only.
        case worker
        /// A single command, which makes no database.
        case command
    }

    public let contest: Contest
    let settings: Settings
    let secret: ServerSecret
    let signer: LocalURLSigner
    let database: any OpenDatabase
    let hasher: Argon2Hasher
    let queue: any JobQueue & DeadLetterQueue
    let redisQueue: RedisJobQueue?
    let aws: AWSConnections?
    let rates: RateCounter
    let boards: Boards
    let telemetry: Telemetry
    let logger: Logger

    /// Opens every backend; servers bring the schema up to date.
    /// - Parameters:
    ///   - media: `nil`: codecs in a child process.
    ///   - telemetry: As the process bootstrapped it.
    /// - Throws: ``ANBError/Code/misconfigured`` naming the setting that is wrong.
    public static func open(
        _ settings: Settings, role: Role, label: String = "anb", media: (any MediaEngine)? = nil, telemetry: Telemetry = .off
    ) async throws -> Assembly {
        let logger = Logger(label: label)
        let aws = try await AWSConnections.prepare(settings.aws, logger: logger)
        do {
            let assembly = try await open(settings, role: role, media ?? ChildProcessMediaEngine(), aws, telemetry, logger)
            // Behind everything that may fail: a start that cannot be prints one line.
            if role != .command { logger.notice("\(MediaSandbox.describe)") }
            return assembly
        } catch {
            try? await aws?.close()
            throw error
        }
    }

    private static func open(
        _ settings: Settings, role: Role, _ media: any MediaEngine, _ aws: AWSConnections?, _ telemetry: Telemetry,
        _ logger: Logger
    ) async throws -> Assembly {
        let secret = try ServerSecret.load(settings)
        let signer = try secret.mediaSigner()
        let database = role == .command ? try await settings.database.existing() : try await settings.database.start()
        if role == .everything || role == .worker {
            try await settings.blamingAssets {
                try await media.validate(settings.rules.recipe, limits: settings.rules.mediaLimits)
            }
        }
        let objects = try await openObjects(settings, signer, aws)
        let redisQueue = try await waiting(for: role, logger) { try await settings.redis?.openQueue(logger) }
        let sqsQueue = try await waiting(for: role, logger) { try await aws?.jobQueue() }
        let remoteQueue: (any JobQueue & DeadLetterQueue)? = if let redisQueue { redisQueue } else { sqsQueue }
        let queue = remoteQueue ?? MemoryJobQueue(clock: SystemClock())
        let hasher = Argon2Hasher()
        let boards = try await settings.boards.open()
        // A queue in memory reaches only this process. When the workers are elsewhere, they ring for themselves.
        let ringsItself = remoteQueue != nil || role == .everything || role == .worker
        let backends = Contest.Backends(
            database: telemetry.metered(database),
            objects: objects,
            queue: ringsItself ? queue : nil,
            media: media,
            scratch: try await openScratch(settings),
            hasher: hasher,
            boards: boards.revision)
        let contest = Contest(
            backends, rules: settings.rules, tokens: secret.refreshChain, logger: logger)
        return Assembly(
            contest: contest, settings: settings, secret: secret, signer: signer, database: database, hasher: hasher,
            queue: queue, redisQueue: redisQueue, aws: aws, rates: try await settings.rates.open(logger), boards: boards,
            telemetry: telemetry, logger: logger)
    }

    /// A worker without its queue has nothing to do but to wait; an API would be missed.
    private static func waiting<Value>(
        for role: Role, _ logger: Logger, _ body: () async throws -> Value
    ) async throws -> Value {
        role == .worker ? try await patiently(logger, body) : try await body()
    }

    static func openObjects(
        _ settings: Settings, _ signer: LocalURLSigner, _ aws: AWSConnections?
    ) async throws -> any ObjectStore {
        if let store = try await aws?.objectStore() { return store }
        return try await blaming([settings.storageSetting], advice: folderAdvice) {
            try await FilesystemObjectStore.open(root: settings.storagePath, signer: signer)
        }
    }

    private static func openScratch(_ settings: Settings) async throws -> FileScratchSpace {
        try await blaming([Setting.dataDirectory.name], advice: folderAdvice) {
            try await FileScratchSpace.open(root: "\(settings.dataDirectory)/scratch")
        }
    }

    private static let folderAdvice = "it must name a folder that this user may write"

    /// Brings the schema up to date and closes the database.
    public static func migrate(_ settings: Settings) async throws {
        try await settings.database.migrated().close()
    }

    /// Closes what was opened; call it when nothing uses the contest any more.
    public func close() async throws {
        await redisQueue?.close()
        await rates.close()
        await boards.close()
        try await hasher.shutdown()
        try await database.close()
        try await aws?.close()
    }
}

extension Assembly {
    /// Claims jobs, does them, and rings for jobs that are due.
    public func workerServices() -> [any Service] {
        let runner = jobRunner()
        let sign = LifeSignService(
            sign: LifeSign(folder: settings.dataDirectory), silence: { runner.silence }, clock: contest.backends.clock,
            logger: logger)
        // First, so that it ends last: a worker that drains is alive.
        return [sign] + webhookServices() + [relayService(), runner]
    }

    func relayService() -> any Service { LoopService { try await contest.relay.run() } }

    func jobRunner() -> JobRunner {
        let host = ProcessInfo.processInfo.hostName
        return JobRunner(
            database: contest.backends.database, queue: queue, handlers: contest.jobHandlers,
            settings: JobRunnerSettings(
                worker: "\(host)-\(ProcessInfo.processInfo.processIdentifier)", slots: settings.workerConcurrency,
                lease: settings.jobLease, heartbeatInterval: settings.jobLease / 3, drainBudget: settings.shutdownBudget),
            clock: contest.backends.clock, ids: contest.backends.ids, logger: logger)
    }

    /// Removes what no row needs, now and then.
    public func sweepingService() -> any Service {
        LoopService { try await contest.sweeper.run(every: settings.sweepInterval) }
    }

    /// Runs services until SIGTERM or SIGINT, ends them in reverse order within the budget, and closes the backends.
    public func run(_ services: [any Service]) async throws {
        let telemetryServices = telemetryServices()
        var configuration = ServiceGroupConfiguration(
            services: (telemetryServices + services).map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        configuration.maximumGracefulShutdownDuration = settings.drainGrace + settings.shutdownBudget + .seconds(5)
        do {
            for case let endpoint as MetricsEndpoint in telemetryServices { try await endpoint.check() }
            try await ServiceGroup(configuration: configuration).run()
        } catch {
            try? await close()
            throw ListeningError(host: settings.host, port: settings.port).explain(error) ?? error
        }
        try await close()
        logger.notice("ended")
    }
}
