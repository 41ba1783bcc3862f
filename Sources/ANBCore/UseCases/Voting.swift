/// Votes: one per person and video, never for oneself.
public struct Voting: Sendable {
    let database: any Database
    let clock: any WallClock

    /// Casts a vote.
    /// - Returns: The video's votes with this one.
    /// - Throws: `notFound` when the video is not open for voting, `invalidRequest` for the voter's own video,
    ///   `conflict` when the vote was cast before, `unauthenticated` when the account is gone.
    public func cast(by voter: Identity, for id: VideoID) async throws -> Int {
        let now = clock.now
        return try await database.withTransaction { transaction in
            let video = try Self.open(id, for: voter, in: transaction)
            guard video.ownerID != voter.userID else {
                throw ANBError(.invalidRequest, "You cannot vote for your own video.")
            }
            guard try transaction.castVote(by: voter.userID, for: id, at: now) else {
                throw ANBError(.conflict, "You have already voted for this video.")
            }
            return try transaction.video(id)?.votes ?? video.votes
        }
    }

    /// Takes a vote back.
    /// - Returns: The video's votes without it.
    /// - Throws: `notFound` when the video is not open for voting, `conflict` when there is no vote to take back.
    public func retract(by voter: Identity, for id: VideoID) async throws -> Int {
        let now = clock.now
        return try await database.withTransaction { transaction in
            let video = try Self.open(id, for: voter, in: transaction)
            guard try transaction.retractVote(by: voter.userID, for: id, at: now) else {
                throw ANBError(.conflict, "You have not voted for this video.")
            }
            return try transaction.video(id)?.votes ?? video.votes
        }
    }

    /// The videos a person voted for, latest vote first.
    public func votes(of voter: Identity, page: Page) async throws -> [VideoID] {
        try page.check()
        return try await database.read { try $0.votedVideos(of: voter.userID, page: page) }
    }

    private static func open(_ id: VideoID, for voter: Identity, in transaction: any TransactionScope) throws -> Video {
        try transaction.activeUser(voter)
        guard let video = try transaction.video(id), video.isOpenForVoting else {
            throw ANBError(.notFound, "There is no such video open for voting.")
        }
        return video
    }
}
