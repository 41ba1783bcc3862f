import ANBCore
import HTTPTypes
import Hummingbird

/// What waits for a moderator, and the decisions.
struct ModerationRoutes: Sendable {
    static let listPath = "/api/moderation/videos"

    let moderation: Moderation
    let bodies: BodyReader
    let links: Links

    var all: [Route] {
        [
            Route(
                .get, Self.listPath, .having(User.Role.moderating),
                Operation("listVideosToReview", .moderation, "Videos that wait for a decision, the longest waiting first")
                    .with(.limit(), .offset), list),
            Route(
                .post, "\(Self.listPath)/:id/publish", .having(User.Role.moderating),
                Operation("publishVideo", .moderation, "Publish a video; a reason goes into the audit log")
                    .taking(DecisionBody.self).refusing(.conflict), publish),
            Route(
                .post, "\(Self.listPath)/:id/reject", .having(User.Role.moderating),
                Operation("rejectVideo", .moderation, "Decide against a video; the player reads the reason")
                    .taking(DecisionBody.self).refusing(.conflict), reject),
        ]
    }

    private func list(_ call: Call) async throws -> Reply<[ReviewAnswer]> {
        let identity = try call.identity
        let page = try FormValues(call.request.uri.query ?? "").page()
        let waiting = try await moderation.waiting(for: identity, page: page)
        var answer: [ReviewAnswer] = []
        for entry in waiting.elements { answer.append(try await line(entry, call)) }
        let next = Paging.next(after: page, count: answer.count, totalCount: waiting.totalCount)
        return Reply(answer, headers: try Paging.headers(call.request, next: next, totalCount: waiting.totalCount))
    }

    private func line(_ entry: PublicVideo, _ call: Call) async throws -> ReviewAnswer {
        let publication = entry.video.publication
        return ReviewAnswer(
            videoID: entry.video.id, title: entry.video.title, username: entry.username, playerName: entry.playerName,
            city: entry.city, uploadedAt: entry.video.uploadedAt.description,
            processedURL: try await links.url(forAny: publication?.renditions.first?.key, call),
            thumbnailURL: try await links.url(forAny: publication?.thumbnailKey, call))
    }

    private func publish(_ call: Call) async throws -> Reply<DecisionAnswer> {
        let id: VideoID = try call.identifier("id")
        let body: DecisionBody = try await bodies.json(call.request)
        try await moderation.publish(id, by: call.identity, reason: body.reason ?? "")
        return Reply(DecisionAnswer(message: "The video was published.", videoID: id, status: .processed))
    }

    private func reject(_ call: Call) async throws -> Reply<DecisionAnswer> {
        let id: VideoID = try call.identifier("id")
        let body: DecisionBody = try await bodies.json(call.request)
        try await moderation.reject(id, by: call.identity, reason: body.reason ?? "")
        return Reply(DecisionAnswer(message: "The video was rejected.", videoID: id, status: .rejected))
    }
}

/// The body of a decision.
struct DecisionBody: Codable {
    var reason: String?
}
