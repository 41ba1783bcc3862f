import Foundation

/// Votes: one per person and video, never for oneself, while the contest takes them.
///
/// Votes that come while others are on their way to the disk share the next transaction: a video for which everybody
/// votes at once costs one change of its row and one flush for all of them, and each voter still gets an answer of their own.
public struct Voting: Sendable {
    /// Votes of one transaction.
    static let votesPerTransactionMax = 100
    /// Transactions of votes at the same time; those for one video are always in the same lane.
    static let laneCount = 2

    /// When votes are taken.
    public let phase: VotingPhase

    let database: any Database
    let clock: any WallClock
    let fingerprint: Fingerprint
    let boards: BoardChanges
    private let lanes: [Gathering<Ballot, Int?>]

    init(
        database: any Database, phase: VotingPhase, fingerprint: Fingerprint, boards: BoardChanges,
        clock: any WallClock
    ) {
        self.database = database
        self.phase = phase
        self.fingerprint = fingerprint
        self.boards = boards
        self.clock = clock
        lanes = (0..<Self.laneCount).map { _ in
            Gathering(countMax: Self.votesPerTransactionMax) { ballots in
                await Self.cast(ballots, in: phase, database, boards)
            }
        }
    }

    /// Casts a vote.
    /// - Parameters:
    ///   - voter: Who votes.
    ///   - id: The video.
    ///   - network: The bytes of the network it comes from; only a keyed hash of them is kept.
    /// - Returns: The video's votes with this one.
    /// - Throws: `notFound` when the video is not open for voting, `invalidRequest` for the voter's own video,
    ///   `conflict` when the vote was cast before or none is taken now, `unauthenticated` when the account is gone.
    public func cast(by voter: Identity, for id: VideoID, from network: [UInt8]? = nil) async throws -> Int {
        let ballot = Ballot(voter: voter.userID, video: id, at: clock.now, network: network.map { fingerprint($0) })
        let lane = lanes[Int(id.uuid.uuid.15) % lanes.count]
        for _ in 0..<Self.triesMax {
            if let votes = try await lane(ballot) { return votes }
            if let reason = try await reason(against: ballot, of: voter) { throw reason }
        }
        throw Self.unsettled(ballot)
    }

    /// A vote that did not count although nothing stands against it a moment later is cast again: the video was opened
    /// meanwhile, or the voter's earlier vote taken back.
    private static let triesMax = 3

    private static func unsettled(_ ballot: Ballot) -> ANBError {
        .unavailable("the vote of \(ballot.voter) for \(ballot.video) changes while it is looked at")
    }

    /// The same for a request that is done once however often it is sent, in a transaction of its own.
    public func cast(
        by voter: Identity, for id: VideoID, from network: [UInt8]? = nil, noting note: Repeats.Note<Int>
    ) async throws -> Int {
        let phase = phase
        let ballot = Ballot(voter: voter.userID, video: id, at: clock.now, network: network.map { fingerprint($0) })
        for _ in 0..<Self.triesMax {
            let votes = try await database.withTransaction { transaction -> Int? in
                guard let votes = try transaction.castVote(ballot, in: phase) else { return nil }
                try note.write(votes, in: transaction)
                return votes
            }
            if let votes {
                await boards.note()
                return votes
            }
            if let reason = try await reason(against: ballot, of: voter) { throw reason }
        }
        throw Self.unsettled(ballot)
    }

    /// When the transaction fails, every vote in it does: nothing about any one of them can make it fail.
    private static func cast(
        _ ballots: [Ballot], in phase: VotingPhase, _ database: any Database, _ boards: BoardChanges
    ) async -> [Result<Int?, any Error>] {
        do {
            let answers = try await database.withTransaction { try $0.castVotes(ballots, in: phase) }
            if answers.contains(where: { $0 != nil }) { await boards.note() }
            return answers.map { .success($0) }
        } catch {
            return ballots.map { _ in .failure(error) }
        }
    }

    /// Why a ballot did not count; `nil` when nothing stands against it any more. It is looked for apart from the votes, which so
    /// need no lock but their own.
    private func reason(against ballot: Ballot, of voter: Identity) async throws -> ANBError? {
        let phase = phase
        return try await database.read { scope in
            let video = try Self.open(ballot.video, for: voter, in: scope)
            if video.ownerID == voter.userID { return ANBError(.invalidRequest, "You cannot vote for your own video.") }
            try phase.check(ballot.at)
            guard try scope.hasVote(of: voter.userID, for: ballot.video) else { return nil }
            return ANBError(.conflict, "You have already voted for this video.")
        }
    }

    /// Takes a vote back.
    /// - Returns: The video's votes without it.
    /// - Throws: `notFound` when the video is not open for voting, `conflict` when there is no vote to take back, when it is
    ///   under review, or when votes cannot be taken back now.
    public func retract(by voter: Identity, for id: VideoID) async throws -> Int {
        let (now, phase) = (clock.now, phase)
        let votes = try await database.withTransaction { transaction in
            _ = try Self.open(id, for: voter, in: transaction)
            if let votes = try transaction.retractVote(by: voter.userID, for: id, at: now, in: phase) { return votes }
            try phase.check(now)
            guard try transaction.hasVote(of: voter.userID, for: id) else {
                throw ANBError(.conflict, "You have not voted for this video.")
            }
            throw ANBError(.conflict, "This vote is under review and cannot be taken back now.")
        }
        await boards.note()
        return votes
    }

    /// The videos a person voted for, latest vote first.
    public func votes(of voter: Identity, page: Page) async throws -> [VideoID] {
        try page.check()
        return try await database.read { try $0.votedVideos(of: voter.userID, page: page) }
    }

    private static func open(_ id: VideoID, for voter: Identity, in scope: any ReadScope) throws -> Video {
        try scope.activeUser(voter)
        guard let video = try scope.video(id), video.isOpenForVoting else { throw notOpen }
        return video
    }

    private static var notOpen: ANBError { ANBError(.notFound, "There is no such video open for voting.") }
}

extension VotingPhase {
    /// - Throws: ``ANBError/Code/conflict`` saying when votes are taken.
    fileprivate func check(_ now: Timestamp) throws {
        if let opensAt, now < opensAt { throw ANBError(.conflict, "Voting opens at \(opensAt).") }
        if let closesAt, closesAt <= now { throw ANBError(.conflict, "Voting closed at \(closesAt).") }
    }
}
