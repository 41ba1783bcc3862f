import ANBCore
import HTTPTypes
import Hummingbird

/// A player's own videos and their tasks.
struct LibraryRoutes: Sendable {
    let library: VideoLibrary
    let links: Links

    var all: [Route] {
        [
            Route(
                .get, "/api/videos", .signedIn,
                Operation("listMyVideos", .videos, "The caller's videos, newest first")
                    .with(.limit(default: Limits.pageSizeMax), .offset), list),
            Route(
                .get, "/api/videos/:id", .signedIn,
                Operation("showMyVideo", .videos, "One of the caller's videos, with signed links").refusing(.forbidden),
                detail),
            Route(
                .delete, "/api/videos/:id", .signedIn,
                Operation("deleteMyVideo", .videos, "Delete a video that is not open for voting")
                    .refusing(.forbidden, .conflict), delete),
            Route(
                .get, "/api/tasks/:id", .signedIn,
                Operation("showTask", .videos, "Where the processing of a video is").refusing(.forbidden), task),
        ]
    }

    /// Everything a player has on one page, as far as pages go, unless the client asks for less.
    private func list(_ call: Call) async throws -> Reply<[VideoListAnswer]> {
        let identity = try call.identity
        let page = try FormValues(call.request.uri.query ?? "").page(limit: Limits.pageSizeMax)
        let listing = try await library.mine(identity, page: page)
        var answer: [VideoListAnswer] = []
        for video in listing.elements { answer.append(try await line(video, call)) }
        let next = Paging.next(after: page, count: answer.count, totalCount: listing.totalCount)
        return Reply(
            answer, headers: try Paging.headers(call.request, next: next, totalCount: listing.totalCount))
    }

    private func line(_ video: Video, _ call: Call) async throws -> VideoListAnswer {
        VideoListAnswer(
            videoID: video.id, title: video.title, status: video.status, uploadedAt: video.uploadedAt.description,
            processedAt: video.processedAt?.description,
            processedURL: try await links.url(forAny: video.publication?.renditions.first?.key, call))
    }

    private func detail(_ call: Call) async throws -> Reply<VideoDetailAnswer> {
        let identity = try call.identity
        let detail = try await library.detail(call.identifier("id"), for: identity)
        let video = detail.video
        var renditions: [String: String] = [:]
        for rendition in video.publication?.renditions ?? [] {
            renditions[rendition.name] = try await links.url(for: rendition.key, call)
        }
        return Reply(
            VideoDetailAnswer(
                videoID: video.id, title: video.title, status: video.status, uploadedAt: video.uploadedAt.description,
                processedAt: video.processedAt?.description,
                originalURL: try await links.url(for: video.originalKey, call),
                processedURL: video.publication?.renditions.first.flatMap { renditions[$0.name] },
                renditions: renditions,
                thumbnailURL: try await links.url(forAny: video.publication?.thumbnailKey, call), votes: video.votes,
                durationSeconds: video.publication?.durationSeconds ?? video.originalSeconds,
                progress: Self.progress(of: video, detail.job?.progress), error: video.failureReason,
                failureCode: video.failureCode))
    }

    private func delete(_ call: Call) async throws -> Reply<DeletionAnswer> {
        let identity = try call.identity
        let id: VideoID = try call.identifier("id")
        try await library.delete(id, for: identity, correlationID: call.correlationID)
        return Reply(DeletionAnswer(videoID: id))
    }

    private func task(_ call: Call) async throws -> Reply<TaskAnswer> {
        Reply(TaskAnswer(try await library.task(call.identifier("id"), for: call.identity)))
    }

    private static func progress(of video: Video, _ progress: JobProgress?) -> Int? {
        video.status.isMade ? 100 : progress?.percent
    }
}
