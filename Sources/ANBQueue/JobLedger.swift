import ANBCore
import Logging

/// The ledger's side of one runner: each method is one transaction.
struct JobLedger: Sendable {
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

    /// Claims the job. One that cannot run here, or on which too many workers died, is buried by the same transaction.
    func claim(_ id: JobID, _ logger: Logger) async throws -> ClaimOutcome {
        try await settling(logger) { transaction, now in
            let outcome = try transaction.claimJob(
                id, worker: settings.worker, lease: settings.lease, limits: settings.limits, now: now)
            switch outcome {
            case .claimed(let job) where handlers[job.kind] == nil:
                let reason = "no handler for jobs of kind \(job.kind)"
                _ = try transaction.buryJob(id, fence: job.fence, reason: reason, now: now)
            case .buried(let job):
                try handlers[job.kind]?.recordBurial(job, reason: Self.workersDiedMessage, in: transaction, now: now)
            default: break
            }
            return outcome
        }
    }

    /// - Returns: Whether the job is still this run's.
    func heartbeat(_ job: Job, _ progress: JobProgress) async throws -> Bool {
        let now = clock.now
        return try await database.withTransaction {
            try $0.heartbeatJob(job.id, fence: job.fence, lease: settings.lease, progress: progress, now: now)
        }
    }

    func finish(_ job: Job, _ result: JobResult, _ logger: Logger) async throws -> Finish {
        try await settling(logger) { transaction, now in
            if try transaction.finishJob(job.id, fence: job.fence, now: now) {
                return try result.commit(transaction) ? .committed : .unwanted
            }
            let current = try transaction.job(job.id)
            return current?.state == .done && current?.fence == job.fence ? .committedBefore : .fencedOut
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
            try handlers[job.kind]?.recordBurial(job, reason: failure.userMessage, in: transaction, now: now)
            return true
        }
    }

    private static let workersDiedMessage =
        "The video could not be processed. Please upload it again, or try another file."

    /// Repeats a transaction whose failure may pass, so that an outage does not cost a finished run.
    private func settling<Value: Sendable>(
        _ logger: Logger, _ body: @escaping @Sendable (any TransactionScope, Timestamp) throws -> Value
    ) async throws -> Value {
        var attempt = 1
        while true {
            let now = clock.now
            do {
                return try await database.withTransaction { try body($0, now) }
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
