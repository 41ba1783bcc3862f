/// What may be read of votes.
public protocol VoteReads {
    /// The videos a person has a vote on, latest vote first. Quarantined votes are the person's too.
    func votedVideos(of voter: UserID, page: Page) throws -> [VideoID]
    /// Votes that count, one by one, not taken from the tally.
    func countVotes(for video: VideoID) throws -> Int
    /// Whether a person has a vote on a video, quarantined or not.
    func hasVote(of voter: UserID, for video: VideoID) throws -> Bool
    /// Every vote on a video, quarantined ones too, in the order in which they were cast (time, then voter).
    func voteRecords(for video: VideoID) throws -> [VoteRecord]
    /// A person's lines of the ledger, by time, video and revision.
    func voteEvents(of voter: UserID) throws -> [VoteEvent]
    /// Every video and every player whose numbers on the board are not what the votes and the ledger say: videos first, by id.
    func tallyDifferences() throws -> [TallyDifference]
}

/// Every change of a vote is a line in the ledger, in the same transaction.
public protocol VoteWrites {
    /// Adds votes and raises the tallies of their videos and players. Each is judged alone, in the order given: it counts when
    /// the phase has the ballot's time, the video is open for voting and someone else's, the account is active, and there
    /// is no vote of this person for it. One that does not count changes nothing.
    /// - Returns: For each, the video's votes with it; `nil` when it does not count.
    func castVotes(_ ballots: [Ballot], in phase: VotingPhase) throws -> [Int?]
    /// Takes the vote back and lowers the tally, when the phase has that time and there is a vote that counts.
    /// - Returns: The video's votes without it; `nil` when nothing was taken back.
    func retractVote(by voter: UserID, for video: VideoID, at now: Timestamp, in phase: VotingPhase) throws -> Int?
    /// Makes votes not count; they stay, so that the voter can neither vote again nor take them back.
    /// - Returns: How many counted until now.
    func quarantineVotes(
        of voters: [UserID], for video: VideoID, by actor: AuditEvent.Actor, reason: String, at now: Timestamp
    ) throws -> Int
    /// Makes quarantined votes count again.
    /// - Returns: How many were quarantined until now.
    func restoreVotes(
        of voters: [UserID], for video: VideoID, by actor: AuditEvent.Actor, reason: String, at now: Timestamp
    ) throws -> Int
    /// Sets a number on the board to what the votes say.
    func repairTally(of subject: TallyDifference.Subject) throws
}

extension VoteWrites {
    /// The same for one.
    public func castVote(_ ballot: Ballot, in phase: VotingPhase) throws -> Int? {
        try castVotes([ballot], in: phase).first ?? nil
    }

    /// At any time; answers whether it counts.
    public func castVote(by voter: UserID, for video: VideoID, at now: Timestamp) throws -> Bool {
        try castVote(Ballot(voter: voter, video: video, at: now), in: .always) != nil
    }

    /// At any time; answers whether there was one.
    public func retractVote(by voter: UserID, for video: VideoID, at now: Timestamp) throws -> Bool {
        try retractVote(by: voter, for: video, at: now, in: .always) != nil
    }
}
