/// One person's wish to vote for one video.
public struct Ballot: Hashable, Sendable {
    public var voter: UserID
    public var video: VideoID

    public init(voter: UserID, video: VideoID) {
        self.voter = voter
        self.video = video
    }
}

/// What became of a ballot. The first reason that holds is given.
public enum BallotOutcome: Hashable, Sendable {
    /// The video's votes with this one.
    case counted(votes: Int)
    /// The voter's account is gone or disabled.
    case noAccount
    /// The video is not there, or not open for voting.
    case notOpen
    /// It is the voter's own.
    case ownVideo
    /// The voter's vote for this video is there already.
    case castBefore
}
