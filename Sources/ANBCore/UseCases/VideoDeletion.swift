/// Removes everything of a video whose owner deleted it: first its objects, then its row, so that a crash in between
/// leaves a row by which the next attempt finds the rest.
struct VideoDeletion: JobHandler {
    let kind = Job.Kind.deleteVideo

    let objects: any ObjectStore

    func run(_ job: Job, _ context: JobContext) async throws -> JobResult {
        try await objects.deleteAll(prefix: ObjectKey.originalsPrefix(of: job.videoID))
        try await objects.deleteAll(prefix: ObjectKey.publicationsPrefix(of: job.videoID))
        return JobResult(commit: { transaction in
            try transaction.removeVideo(job.videoID)
            return true
        })
    }

    /// The tombstone stays, and with it the sweeper's right to remove the objects.
    func recordBurial(
        _ job: Job, code: FailureCode, reason: String, in transaction: any TransactionScope, now: Timestamp
    ) throws {}
}
