import ANBCore
import HTTPTypes
import Hummingbird

/// Votes.
struct VoteRoutes: Sendable {
    let voting: Voting
    let repeats: Repeats
    let limits: RequestLimits

    var all: [Route] {
        [
            Route(
                .post, "/api/public/videos/:id/vote", .signedIn,
                Operation("vote", .votes, "Vote for a video, once per person").with(.idempotencyKey)
                    .refusing(.conflict, .rateLimited, .inProgress, .idempotencyMismatch), vote),
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
        let (voter, network) = (try call.identity, limits.client(of: call).map { Array($0.votingNetwork) })
        let repeated = try repeats.request(
            key: call.request.headers[.idempotencyKey], owner: .voter(voter.userID), content: ["\(id)"])
        guard let repeated else {
            return Reply(Self.counted(id, try await voting.cast(by: voter, for: id, from: network)), headers: standing)
        }
        let answer = try await repeats.once(
            repeated, answer: { try KeptAnswer(Self.counted(id, $0), status: .ok) }, refusal: KeptAnswer.init(refusal:)
        ) { try await voting.cast(by: voter, for: id, from: network, noting: $0) }
        return Reply(kept: answer, headers: standing)
    }

    private static func counted(_ id: VideoID, _ votes: Int) -> VoteAnswer {
        VoteAnswer(message: "Your vote was counted.", videoID: id, votes: votes)
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
