import ANBCore

/// What a runner does in the transaction that claims jobs.
struct Claiming: Sendable {
    private static let workersDiedMessage =
        "The video could not be processed. Please upload it again, or try another file."

    let handlers: [Job.Kind: any JobHandler]
    let settings: JobRunnerSettings

    /// Jobs that cannot run here, or on which too many workers died, are buried.
    /// - Returns: In the order of the ids.
    func claim(_ ids: [JobID], in transaction: any TransactionScope, now: Timestamp) throws -> [ClaimOutcome] {
        let outcomes = try transaction.claimJobs(
            ids, worker: settings.worker, lease: settings.lease, limits: settings.limits, now: now)
        for outcome in outcomes {
            switch outcome {
            case .claimed(let job) where handlers[job.kind] == nil:
                let reason = "no handler for jobs of kind \(job.kind)"
                _ = try transaction.buryJob(job.id, fence: job.fence, reason: reason, now: now)
            case .buried(let job):
                try handlers[job.kind]?.recordBurial(
                    job, code: .processingFailed, reason: Self.workersDiedMessage, in: transaction, now: now)
            default: break
            }
        }
        return outcomes
    }
}
