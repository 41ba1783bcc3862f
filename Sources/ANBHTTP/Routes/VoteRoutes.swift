import ANBCore
import HTTPTypes
import Hummingbird

/// Votes.
struct VoteRoutes: Sendable {
    let voting: Voting
    let limits: RequestLimits

    var all: [Route] {
        [
            Route(
                .post, "/api/public/videos/:id/vote", .signedIn,
                Operation("vote", .votes, "Vote for a video, once per person").refusing(.conflict, .rateLimited), vote),
            Route(
                .delete, "/api/public/videos/:id/vote", .signedIn,
                Operation("retractVote", .votes, "Take a vote back").refusing(.conflict, .rateLimited), takeBack),
            Route(
                .get, "/api/public/my-votes", .signedIn,
                Operation("listMyVotes", .votes, "The videos the caller votes for, newest first")
                    .with(.limit(default: Limits.pageSizeMax), .offset), mine),
        ]
    }

    private func vote(_ call: Call) async throws -> Reply<VoteAnswer> {
        let id: VideoID = try call.identifier("id")
        let standing = try await limits.vote(call)
        let votes = try await voting.cast(
            by: call.identity, for: id, from: limits.client(of: call).map { Array($0.votingNetwork) })
        return Reply(VoteAnswer(message: "Your vote was counted.", videoID: id, votes: votes), headers: standing)
    }

    private func takeBack(_ call: Call) async throws -> Reply<VoteAnswer> {
        let id: VideoID = try call.identifier("id")
        let standing = try await limits.vote(call)
        let votes = try await voting.retract(by: call.identity, for: id)
        return Reply(VoteAnswer(message: "Your vote was taken back.", videoID: id, votes: votes), headers: standing)
    }

    private func mine(_ call: Call) async throws -> Reply<[MyVoteAnswer]> {
        let page = try FormValues(call.request.uri.query ?? "").page(limit: Limits.pageSizeMax)
        let answer = try await voting.votes(of: call.identity, page: page).map { MyVoteAnswer(videoID: $0) }
        return Reply(
            answer, headers: try Paging.headers(call.request, next: Paging.next(after: page, count: answer.count)))
    }
}
