import Metrics
import NIOCore

/// Makes and publishes the renditions of one uploaded video.
struct VideoProcessing: JobHandler {
    let kind = Job.Kind.processVideo

    let database: any Database
    let objects: any ObjectStore
    let media: any MediaEngine
    let scratch: any ScratchSpace
    let recipe: MediaRecipe
    let mediaLimits: MediaLimits
    /// Whether a moderator decides what is published.
    let isModerated: Bool
    let news: VideoNews
    let boards: BoardChanges
    let clock: any WallClock
    /// Of the first rendition; all are made at the same time.
    private let encodeSpeed = Recorder(label: "anb_encode_speed_ratio")

    func run(_ job: Job, _ context: JobContext) async throws -> JobResult {
        guard let video = try await start(job) else { return JobResult(commit: { _ in false }) }
        let folder = try await scratch.makeDirectory()
        do {
            let result = try await process(video, job: job, folder: folder, context)
            try? await scratch.removeDirectory(folder)
            return result
        } catch {
            try? await scratch.removeDirectory(folder)
            throw error
        }
    }

    func recordBurial(
        _ job: Job, code: FailureCode, reason: String, in transaction: any TransactionScope, now: Timestamp
    ) throws {
        guard try transaction.fail(job.videoID, code: code, reason: reason, at: now) else { return }
        try news.note(.failed, job.videoID, of: job.userID, code: code, in: transaction, at: now)
    }

    /// - Returns: The video, or `nil` when there is nothing left to do for it.
    private func start(_ job: Job) async throws -> Video? {
        try await database.withTransaction { transaction in
            _ = try transaction.markProcessing(job.videoID)
            guard let video = try transaction.video(job.videoID), video.deletedAt == nil, video.status == .processing
            else { return nil }
            return video
        }
    }

    private func process(_ video: Video, job: Job, folder: String, _ context: JobContext) async throws -> JobResult {
        let source = try await download(video, report: context.report)
        let transcoded: TranscodeReport
        do {
            transcoded = try await context.withTurn {
                context.report(JobProgress(stage: .probing))
                return try await media.transcode(
                    TranscodeRequest(sourcePath: source.path, outputDirectory: folder, recipe: recipe, limits: mediaLimits)
                ) { context.report(JobProgress(stage: .transcoding, fraction: $0.fraction)) }
            }
            await source.discard()
        } catch {
            await source.discard()
            throw error
        }
        note(transcoded)
        do {
            return publish(try await upload(transcoded, of: video, job: job, report: context.report), of: video, job: job)
        } catch {
            // A part of the outputs may be stored. If removing them fails too, the sweeper will.
            try? await discardOutputs(of: video, fence: job.fence)
            throw error
        }
    }

    private func note(_ report: TranscodeReport) {
        guard let seconds = report.renditions.first?.durationSeconds, report.wallSeconds > 0 else { return }
        encodeSpeed.record(seconds / report.wallSeconds)
    }

    private func download(
        _ video: Video, report: @Sendable (JobProgress) -> Void
    ) async throws -> any ScratchFile {
        report(JobProgress(stage: .downloading))
        let file = try await scratch.makeFile()
        do {
            let body = try await original(of: video)
            var received: Int64 = 0
            for try await chunk in body.chunks {
                try await file.append(chunk)
                received += Int64(chunk.readableBytes)
                report(JobProgress(stage: .downloading, fraction: Double(received) / Double(max(1, body.byteCount))))
            }
            let digest = try await file.close()
            guard digest.sha256 == video.originalSHA256 else {
                throw ANBError(
                    .corrupted, "The stored video is damaged. Please upload it again.",
                    operatorMessage: "\(video.originalKey) is not what was uploaded: \(digest)",
                    recovery: .retryLater(after: .seconds(5)), failureCode: .originalLost)
            }
            return file
        } catch {
            await file.discard()
            throw error
        }
    }

    private func original(of video: Video) async throws -> ObjectBody {
        do {
            return try await objects.read(video.originalKey)
        } catch let error as ANBError where error.code == .notFound {
            // Not `.never`: a store that just lost a node may find it again within the attempts.
            throw ANBError(
                .corrupted, "The stored video cannot be found. Please upload it again.",
                operatorMessage: "\(video.originalKey) is missing", recovery: .retryLater(after: .seconds(5)),
                failureCode: .originalLost, cause: error)
        }
    }

    private func upload(
        _ transcoded: TranscodeReport, of video: Video, job: Job, report: @Sendable (JobProgress) -> Void
    ) async throws -> Video.Publication {
        let fileCount = Double(transcoded.renditions.count + 2)
        var stored = 0.0
        func store(_ path: String, as name: String) async throws -> ObjectKey {
            report(JobProgress(stage: .uploading, fraction: stored / fileCount))
            let key = try ObjectKey.published(name, of: video, fence: job.fence)
            try await objects.write(key, .movingFile(path: path))
            stored += 1
            return key
        }
        var renditions: [Video.Rendition] = []
        for file in transcoded.renditions {
            let key = try await store(file.path, as: "\(file.name).mp4")
            renditions.append(Video.Rendition(name: file.name, key: key, byteCount: file.byteCount))
        }
        return Video.Publication(
            renditions: renditions,
            thumbnailKey: try await store(transcoded.thumbnail.path, as: "thumbnail.jpg"),
            posterKey: try await store(transcoded.poster.path, as: "poster.jpg"),
            durationSeconds: transcoded.renditions.first?.durationSeconds ?? 0)
    }

    private func publish(_ publication: Video.Publication, of video: Video, job: Job) -> JobResult {
        JobResult(
            commit: { [clock, isModerated, news] transaction in
                let now = clock.now
                if isModerated { return try transaction.submitForReview(video.id, publication, at: now) }
                guard try transaction.publish(video.id, publication, at: now) else { return false }
                try news.note(.processed, video.id, of: video.ownerID, in: transaction, at: now)
                return true
            },
            discard: { try await discardOutputs(of: video, fence: job.fence) },
            afterCommit: {
                await boards.note()
                try await discardOutputs(of: video, except: Set(publication.keys))
            })
    }

    private func discardOutputs(of video: Video, fence: Int64) async throws {
        try await objects.deleteAll(prefix: ObjectKey.publicationsPrefix(of: video.id) + "\(fence)-")
    }

    /// Removes what earlier attempts left.
    private func discardOutputs(of video: Video, except kept: Set<ObjectKey>) async throws {
        try await objects.forEachPage(prefix: ObjectKey.publicationsPrefix(of: video.id)) { page in
            for object in page where !kept.contains(object.key) { try await objects.delete(object.key) }
        }
    }
}
