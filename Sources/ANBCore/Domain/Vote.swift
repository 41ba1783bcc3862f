/// One person's wish to vote for one video.
public struct Ballot: Hashable, Sendable {
    /// Who votes.
    public var voter: UserID
    /// For what.
    public var video: VideoID
    /// When.
    public var at: Timestamp
    /// A keyed hash of the network it came from; `nil` when that is not known.
    public var network: String?

    /// One vote to be cast.
    public init(voter: UserID, video: VideoID, at: Timestamp, network: String? = nil) {
        self.voter = voter
        self.video = video
        self.at = at
        self.network = network
    }
}

/// When votes are taken, and taken back.
public struct VotingPhase: Hashable, Sendable {
    /// The first moment; `nil` is since ever.
    public var opensAt: Timestamp?
    /// The first moment after it; `nil` is for ever.
    public var closesAt: Timestamp?

    /// Open without an end on the sides that are `nil`.
    public init(opensAt: Timestamp? = nil, closesAt: Timestamp? = nil) {
        self.opensAt = opensAt
        self.closesAt = closesAt
    }

    /// Without an end.
    public static let always = VotingPhase()

    /// Whether votes are taken at that time: the opening counts, the close does not.
    public func contains(_ time: Timestamp) -> Bool {
        (opensAt.map { $0 <= time } ?? true) && (closesAt.map { time < $0 } ?? true)
    }
}

/// A line of the vote ledger. Lines are only ever added: what became of a vote can be read from its first line on.
public struct VoteEvent: Hashable, Sendable {
    /// What a line of the ledger of votes says.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// The person voted.
        case cast
        /// By the voter.
        case retracted
        /// By an operator: it stays, and does not count.
        case quarantined
        /// By an operator: it counts again.
        case restored

        /// What it does to the count.
        public var change: Int { self == .cast || self == .restored ? 1 : -1 }
    }

    /// Whose vote it is.
    public var voter: UserID
    /// For what it is.
    public var video: VideoID
    /// 1 is the first of this voter and this video.
    public var revision: Int
    /// What happened to it.
    public var kind: Kind
    /// When.
    public var at: Timestamp
    /// `voter`, or as in the audit log.
    public var actor: AuditEvent.Actor
    /// Empty when nobody asked for one.
    public var reason: String
    /// Of a cast vote, where it is known; see ``Ballot/network``.
    public var network: String?

    /// One line, as it is added.
    public init(
        voter: UserID, video: VideoID, revision: Int, kind: Kind, at: Timestamp, actor: AuditEvent.Actor,
        reason: String = "", network: String? = nil
    ) {
        self.voter = voter
        self.video = video
        self.revision = revision
        self.kind = kind
        self.at = at
        self.actor = actor
        self.reason = reason
        self.network = network
    }
}

extension AuditEvent.Actor {
    /// Of a line in the vote ledger: the person whose vote it is.
    public static let voter = AuditEvent.Actor("voter")
}

/// A vote as it stands, with what it is judged by.
public struct VoteRecord: Hashable, Sendable {
    /// Who voted.
    public var voter: UserID
    /// When.
    public var castAt: Timestamp
    /// Keyed hash of the network it came from; `nil` when that is not known.
    public var network: String?
    /// When the voter's account was made.
    public var accountCreatedAt: Timestamp
    /// Videos that the voter ever voted for, this one included.
    public var videosOfVoter: Int
    /// Whether it was set aside and does not count.
    public var isQuarantined: Bool

    /// A vote with what is known of its voter.
    public init(
        voter: UserID, castAt: Timestamp, network: String? = nil, accountCreatedAt: Timestamp, videosOfVoter: Int,
        isQuarantined: Bool = false
    ) {
        self.voter = voter
        self.castAt = castAt
        self.network = network
        self.accountCreatedAt = accountCreatedAt
        self.videosOfVoter = videosOfVoter
        self.isQuarantined = isQuarantined
    }
}

/// A number on the board that is not what the votes say.
public struct TallyDifference: Hashable, Sendable {
    /// What the number is about.
    public enum Subject: Hashable, Sendable, CustomStringConvertible {
        /// The votes of one video.
        case video(VideoID)
        /// The total of one player.
        case player(UserID)

        public var description: String {
            switch self {
            case .video(let id): "video:\(id)"
            case .player(let id): "player:\(id)"
            }
        }
    }

    /// Whose number differs.
    public var subject: Subject
    /// What the board shows.
    public var board: Int
    /// Votes that count, one by one.
    public var votes: Int
    /// What the ledger adds up to; of a player that of all their open videos.
    public var ledger: Int
    /// Votes that count although the ledger says otherwise.
    public var unexplained: Int

    /// A number on the board beside what the votes say.
    public init(_ subject: Subject, board: Int, votes: Int, ledger: Int, unexplained: Int = 0) {
        self.subject = subject
        self.board = board
        self.votes = votes
        self.ledger = ledger
        self.unexplained = unexplained
    }
}
