import ANBCore
import HTTPTypes
import Hummingbird

/// Votes.
struct VoteRoutes: Sendable {
    let voting: Voting
    let authenticator: Authenticator

    var all: [Route] {
        [
            Route(.post, "/api/public/videos/:id/vote", vote),
            Route(.delete, "/api/public/videos/:id/vote", takeBack),
            Route(.get, "/api/public/my-votes", mine),
        ]
    }

    private func vote(_ call: Call) async throws -> Response {
        let identity = try await authenticator.identity(of: call)
        let id: VideoID = try call.identifier("id")
        let votes = try await voting.cast(by: identity, for: id)
        return try JSONAnswer.response(VoteAnswer(message: "Your vote was counted.", videoID: id, votes: votes))
    }

    private func takeBack(_ call: Call) async throws -> Response {
        let identity = try await authenticator.identity(of: call)
        let id: VideoID = try call.identifier("id")
        let votes = try await voting.retract(by: identity, for: id)
        return try JSONAnswer.response(VoteAnswer(message: "Your vote was taken back.", videoID: id, votes: votes))
    }

    private func mine(_ call: Call) async throws -> Response {
        let identity = try await authenticator.identity(of: call)
        let page = try FormValues(call.request.uri.query ?? "").page(limit: Limits.pageSizeMax)
        let answer = try await voting.votes(of: identity, page: page).map { MyVoteAnswer(videoID: $0) }
        return try JSONAnswer.response(
            answer, headers: Paging.headers(call.request, next: Paging.next(after: page, count: answer.count)))
    }
}
