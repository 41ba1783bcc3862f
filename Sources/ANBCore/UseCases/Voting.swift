/// Votes: one per person and video, never for oneself.
///
/// Votes that come while others are on their way to the disk share the next transaction: a video for which everybody
/// votes at once costs one change of its row and one flush for all of them, and each voter still gets an answer of their own.
public struct Voting: Sendable {
    /// Votes of one transaction.
    static let votesPerTransactionMax = 100
    /// Transactions of votes at the same time; those for one video are always in the same lane.
    static let laneCount = 2

    let database: any Database
    let clock: any WallClock
    let boards: BoardChanges
    private let lanes: [Gathering<Ballot, BallotOutcome>]

    init(database: any Database, clock: any WallClock, boards: BoardChanges) {
        self.database = database
        self.clock = clock
        self.boards = boards
        lanes = (0..<Self.laneCount).map { _ in
            Gathering(countMax: Self.votesPerTransactionMax) { ballots in
                await Self.cast(ballots, in: database, clock: clock, boards: boards)
            }
        }
    }

    /// Casts a vote.
    /// - Returns: The video's votes with this one.
    /// - Throws: `notFound` when the video is not open for voting, `invalidRequest` for the voter's own video,
    ///   `conflict` when the vote was cast before, `unauthenticated` when the account is gone.
    public func cast(by voter: Identity, for id: VideoID) async throws -> Int {
        let lane = lanes[Int(UInt(bitPattern: id.hashValue) % UInt(lanes.count))]
        switch try await lane(Ballot(voter: voter.userID, video: id)) {
        case .counted(let votes): return votes
        case .noAccount: throw ANBError.inactiveAccount
        case .notOpen: throw Self.notOpen
        case .ownVideo: throw ANBError(.invalidRequest, "You cannot vote for your own video.")
        case .castBefore: throw ANBError(.conflict, "You have already voted for this video.")
        }
    }

    /// When the transaction fails, every vote in it does: nothing about any one of them can make it fail.
    private static func cast(
        _ ballots: [Ballot], in database: any Database, clock: any WallClock, boards: BoardChanges
    ) async -> [Result<BallotOutcome, any Error>] {
        do {
            let outcomes = try await database.withTransaction { try $0.castVotes(ballots, at: clock.now) }
            await boards.note()
            return outcomes.map { .success($0) }
        } catch {
            return ballots.map { _ in .failure(error) }
        }
    }

    /// Takes a vote back.
    /// - Returns: The video's votes without it.
    /// - Throws: `notFound` when the video is not open for voting, `conflict` when there is no vote to take back.
    public func retract(by voter: Identity, for id: VideoID) async throws -> Int {
        let now = clock.now
        let votes = try await database.withTransaction { transaction in
            try transaction.activeUser(voter)
            guard let video = try transaction.video(id), video.isOpenForVoting else { throw Self.notOpen }
            guard try transaction.retractVote(by: voter.userID, for: id, at: now) else {
                throw ANBError(.conflict, "You have not voted for this video.")
            }
            return try transaction.video(id)?.votes ?? video.votes
        }
        await boards.note()
        return votes
    }

    /// The videos a person voted for, latest vote first.
    public func votes(of voter: Identity, page: Page) async throws -> [VideoID] {
        try page.check()
        return try await database.read { try $0.votedVideos(of: voter.userID, page: page) }
    }

    private static var notOpen: ANBError { ANBError(.notFound, "There is no such video open for voting.") }
}
