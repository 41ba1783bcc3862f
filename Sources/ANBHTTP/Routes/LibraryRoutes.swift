import ANBCore
import HTTPTypes
import Hummingbird

/// A player's own videos and their tasks.
struct LibraryRoutes: Sendable {
    let library: VideoLibrary
    let authenticator: Authenticator
    let links: Links

    var all: [Route] {
        [
            Route(.get, "/api/videos", list),
            Route(.get, "/api/videos/:id", detail),
            Route(.delete, "/api/videos/:id", delete),
            Route(.get, "/api/tasks/:id", task),
        ]
    }

    /// Everything a player has on one page, as far as pages go, unless the client asks for less.
    private func list(_ call: Call) async throws -> Response {
        let identity = try await authenticator.identity(of: call)
        let page = try FormValues(call.request.uri.query ?? "").page(limit: Limits.pageSizeMax)
        let listing = try await library.mine(identity, page: page)
        var answer: [VideoListAnswer] = []
        for video in listing.elements { answer.append(try await line(video, call.request)) }
        let next = Paging.next(after: page, count: answer.count, totalCount: listing.totalCount)
        return try JSONAnswer.response(
            answer, headers: Paging.headers(call.request, next: next, totalCount: listing.totalCount))
    }

    private func line(_ video: Video, _ request: Request) async throws -> VideoListAnswer {
        VideoListAnswer(
            videoID: video.id, title: video.title, status: video.status, uploadedAt: video.uploadedAt.description,
            processedAt: video.processedAt?.description,
            processedURL: try await links.url(forAny: video.publication?.renditions.first?.key, request))
    }

    private func detail(_ call: Call) async throws -> Response {
        let identity = try await authenticator.identity(of: call)
        let detail = try await library.detail(call.identifier("id"), for: identity)
        let (video, request) = (detail.video, call.request)
        var renditions: [String: String] = [:]
        for rendition in video.publication?.renditions ?? [] {
            renditions[rendition.name] = try await links.url(for: rendition.key, request)
        }
        return try JSONAnswer.response(
            VideoDetailAnswer(
                videoID: video.id, title: video.title, status: video.status, uploadedAt: video.uploadedAt.description,
                processedAt: video.processedAt?.description,
                originalURL: try await links.url(for: video.originalKey, request),
                processedURL: video.publication?.renditions.first.flatMap { renditions[$0.name] },
                renditions: renditions,
                thumbnailURL: try await links.url(forAny: video.publication?.thumbnailKey, request), votes: video.votes,
                durationSeconds: video.publication?.durationSeconds ?? video.originalSeconds,
                progress: Self.progress(of: video, detail.job?.progress), error: video.failureReason))
    }

    private func delete(_ call: Call) async throws -> Response {
        let identity = try await authenticator.identity(of: call)
        let id: VideoID = try call.identifier("id")
        try await library.delete(id, for: identity, correlationID: call.correlationID)
        return try JSONAnswer.response(DeletionAnswer(videoID: id))
    }

    private func task(_ call: Call) async throws -> Response {
        let identity = try await authenticator.identity(of: call)
        let status = try await library.task(call.identifier("id"), for: identity)
        let (job, video) = (status.job, status.video)
        return try JSONAnswer.response(
            TaskAnswer(
                taskID: job.id, videoID: video.id, status: video.status, stage: Self.stage(of: video, job.progress),
                progress: Self.progress(of: video, job.progress) ?? 0, attempt: job.attempt,
                positionInQueue: status.positionInQueue, error: video.failureReason))
    }

    /// The video's row has the last word: the job may be finished a moment later or be forgotten.
    private static func stage(of video: Video, _ progress: JobProgress) -> JobProgress.Stage {
        switch video.status {
        case .processed: .processed
        case .failed: .failed
        case .queued, .processing: progress.stage
        }
    }

    private static func progress(of video: Video, _ progress: JobProgress?) -> Int? {
        video.status == .processed ? 100 : progress?.percent
    }
}
