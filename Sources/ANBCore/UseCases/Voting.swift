/// Votes: one per person and video, never for oneself, while the contest takes them.
public struct Voting: Sendable {
    public let phase: VotingPhase

    let database: any Database
    let clock: any WallClock
    let fingerprint: NetworkFingerprint

    init(database: any Database, phase: VotingPhase, fingerprint: NetworkFingerprint, clock: any WallClock) {
        self.database = database
        self.phase = phase
        self.fingerprint = fingerprint
        self.clock = clock
    }

    /// Casts a vote.
    /// - Parameter network: The bytes of the network it comes from; only a keyed hash of them is kept.
    /// - Returns: The video's votes with this one.
    /// - Throws: `notFound` when the video is not open for voting, `invalidRequest` for the voter's own video,
    ///   `conflict` when the vote was cast before or none is taken now, `unauthenticated` when the account is gone.
    public func cast(by voter: Identity, for id: VideoID, from network: [UInt8]? = nil) async throws -> Int {
        let (now, phase) = (clock.now, phase)
        let ballot = Ballot(voter: voter.userID, video: id, at: now, network: network.map { fingerprint($0) })
        return try await database.withTransaction { transaction in
            if let votes = try transaction.castVote(ballot, in: phase) { return votes }
            // It does not count; why not, the same transaction finds out.
            let video = try Self.open(id, for: voter, in: transaction)
            guard video.ownerID != voter.userID else {
                throw ANBError(.invalidRequest, "You cannot vote for your own video.")
            }
            try phase.check(now)
            throw ANBError(.conflict, "You have already voted for this video.")
        }
    }

    /// Takes a vote back.
    /// - Returns: The video's votes without it.
    /// - Throws: `notFound` when the video is not open for voting, `conflict` when there is no vote to take back, when it is
    ///   under review, or when votes cannot be taken back now.
    public func retract(by voter: Identity, for id: VideoID) async throws -> Int {
        let (now, phase) = (clock.now, phase)
        return try await database.withTransaction { transaction in
            _ = try Self.open(id, for: voter, in: transaction)
            if let votes = try transaction.retractVote(by: voter.userID, for: id, at: now, in: phase) { return votes }
            try phase.check(now)
            guard try transaction.hasVote(of: voter.userID, for: id) else {
                throw ANBError(.conflict, "You have not voted for this video.")
            }
            throw ANBError(.conflict, "This vote is under review and cannot be taken back now.")
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

extension VotingPhase {
    /// - Throws: ``ANBError/Code/conflict`` saying when votes are taken.
    fileprivate func check(_ now: Timestamp) throws {
        if let opensAt, now < opensAt { throw ANBError(.conflict, "Voting opens at \(opensAt).") }
        if let closesAt, closesAt <= now { throw ANBError(.conflict, "Voting closed at \(closesAt).") }
    }
}
