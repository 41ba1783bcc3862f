import ANBCore
import Logging

/// The ledger's side of one runner: each method is one transaction. Claims, and ends of good runs, that come while one
/// of their kind is on its way share the next.
struct JobLedger: Sendable {
    /// Jobs that share a transaction.
    static let jobsPerTransactionMax = 50

    /// How the end of a good run went.
    enum Finish: Hashable, Sendable {
        case committed
        /// Finished, but nobody wants the result.
        case unwanted
        /// An earlier attempt committed although its answer was lost.
        case committedBefore
        /// Another claim came since.
        case fencedOut
    }

    let database: any Database
    let handlers: [Job.Kind: any JobHandler]
    let settings: JobRunnerSettings
    let clock: any WallClock
    let ids: any IDGenerator
    private let claims: Gathering<JobID, ClaimOutcome>
    private let finishes: Gathering<Finished, Finish>

    init(
        database: any Database, handlers: [Job.Kind: any JobHandler], settings: JobRunnerSettings, clock: any WallClock,
        ids: any IDGenerator
    ) {
        self.database = database
        self.handlers = handlers
        self.settings = settings
        self.clock = clock
        self.ids = ids
        let claiming = Claiming(handlers: handlers, settings: settings)
        claims = Gathering(countMax: Self.jobsPerTransactionMax) { ids in
            await Self.together(ids, in: database, clock) { try claiming.claim($0, in: $1, now: $2) }
        }
        finishes = Gathering(countMax: Self.jobsPerTransactionMax) { finished in
            await Self.together(finished, in: database, clock) { try Self.finish($0, in: $1, now: $2) }
        }
    }

    /// Runs one transaction for all. One that fails may have failed because of a single job, so then each gets its own.
    private static func together<Request: Sendable, Answer: Sendable>(
        _ requests: [Request], in database: any Database, _ clock: any WallClock,
        _ body: @escaping @Sendable ([Request], any TransactionScope, Timestamp) throws -> [Answer]
    ) async -> [Result<Answer, any Error>] {
        func run(_ requests: [Request]) async throws -> [Answer] {
            let now = clock.now
            return try await database.withTransaction { try body(requests, $0, now) }
        }
        if requests.count > 1, let answers = try? await run(requests) { return answers.map { .success($0) } }
        var answers: [Result<Answer, any Error>] = []
        for request in requests {
            do {
                answers.append(.success(try await run([request])[0]))
            } catch {
                answers.append(.failure(error))
            }
        }
        return answers
    }

    /// Claims the job. One that cannot run here, or on which too many workers died, is buried by the same transaction.
    func claim(_ id: JobID, _ logger: Logger) async throws -> ClaimOutcome {
        try await repeating(logger) { try await claims(id) }
    }

    /// - Returns: Whether the job is still this run's.
    func heartbeat(_ job: Job, _ progress: JobProgress) async throws -> Bool {
        let now = clock.now
        return try await database.withTransaction {
            try $0.heartbeatJob(job.id, fence: job.fence, lease: settings.lease, progress: progress, now: now)
        }
    }

    func finish(_ job: Job, _ result: JobResult, _ logger: Logger) async throws -> Finish {
        try await repeating(logger) { try await finishes(Finished(job: job, result: result)) }
    }

    private struct Finished: Sendable {
        var job: Job
        var result: JobResult
    }

    private static func finish(
        _ finished: [Finished], in transaction: any TransactionScope, now: Timestamp
    ) throws -> [Finish] {
        let isOurs = try transaction.finishJobs(finished.map(\.job), now: now)
        return try zip(finished, isOurs).map { finished, isOurs in
            if isOurs { return try finished.result.commit(transaction) ? .committed : .unwanted }
            let current = try transaction.job(finished.job.id)
            return current?.state == .done && current?.fence == finished.job.fence ? .committedBefore : .fencedOut
        }
    }

    /// - Returns: Whether the job was still this run's.
    func giveBack(_ job: Job, _ logger: Logger) async throws -> Bool {
        try await settling(logger) { try $0.giveBackJob(job.id, fence: job.fence, now: $1) }
    }

    /// - Returns: Whether the job was still this run's.
    func reschedule(_ job: Job, after delay: Duration, _ failure: RunFailure, _ logger: Logger) async throws -> Bool {
        try await settling(logger) { transaction, now in
            try transaction.rescheduleJob(
                job.id, fence: job.fence, readyAt: now + delay, reason: failure.reason, now: now)
        }
    }

    /// - Returns: Whether the job was still this run's.
    func bury(_ job: Job, _ failure: RunFailure, _ logger: Logger) async throws -> Bool {
        try await settling(logger) { transaction, now in
            guard try transaction.buryJob(job.id, fence: job.fence, reason: failure.reason, now: now) else { return false }
            try handlers[job.kind]?.recordBurial(
                job, code: failure.code, reason: failure.userMessage, in: transaction, now: now)
            return true
        }
    }

    private func settling<Value: Sendable>(
        _ logger: Logger, _ body: @escaping @Sendable (any TransactionScope, Timestamp) throws -> Value
    ) async throws -> Value {
        try await repeating(logger) {
            let now = clock.now
            return try await database.withTransaction { try body($0, now) }
        }
    }

    /// Repeats a transaction whose failure may pass, so that an outage does not cost a finished run.
    private func repeating<Value: Sendable>(_ logger: Logger, _ body: () async throws -> Value) async throws -> Value {
        var attempt = 1
        while true {
            do {
                return try await body()
            } catch let error where attempt < JobRunnerSettings.settleAttemptsMax && !error.isForGood {
                logger.warning("the ledger could not be written; trying again", metadata: ["error": "\(error)"])
                let delay = JobRunnerSettings.settleBackoff.delay(afterFailures: attempt, fraction: ids.fraction())
                try await clock.sleep(for: delay)
                attempt += 1
            }
        }
    }
}

extension Error {
    /// Whether somebody said that trying again cannot help.
    var isForGood: Bool { (self as? ANBError)?.recovery == .never }
}
