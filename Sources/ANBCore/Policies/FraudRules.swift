/// What makes a vote worth a second look. Each sign alone is weak: friends vote from one gym, and new people come for one
/// friend. So nothing here decides; an operator does.
public enum FraudSignal: String, Hashable, Sendable, CaseIterable, Codable {
    /// Among many votes for the video in a short time.
    case burst
    /// From an account that was made just before.
    case youngAccount = "young_account"
    /// From a network that many votes for the video came from.
    case sharedNetwork = "shared_network"
    /// By a person who never voted for anything else.
    case singleEntry = "single_entry"
}

/// Where the signs begin.
public struct FraudRules: Hashable, Sendable {
    /// Votes within ``burstSeconds`` that make a burst.
    public var burstVotesMin = 30
    /// The window of ``burstVotesMin``.
    public var burstSeconds: Int64 = 60
    /// Age of an account at its vote below which it is young.
    public var youngAccountSeconds: Int64 = 600
    /// Votes from one network that make it a shared one.
    public var networkVotesMin = 20

    /// The contest's own rules.
    public init() {}

    /// The signs of each vote; votes without any are left out.
    /// - Parameter votes: All of one video, in the order in which they were cast.
    public func signals(of votes: [VoteRecord]) -> [UserID: Set<FraudSignal>] {
        var signals: [UserID: Set<FraudSignal>] = [:]
        let networks = votesByNetwork(votes)
        for (vote, isInBurst) in zip(votes, bursts(votes)) {
            var found: Set<FraudSignal> = []
            if isInBurst { found.insert(.burst) }
            if vote.castAt - vote.accountCreatedAt < .seconds(youngAccountSeconds) { found.insert(.youngAccount) }
            if let network = vote.network, networks[network, default: 0] >= networkVotesMin { found.insert(.sharedNetwork) }
            if vote.videosOfVoter == 1 { found.insert(.singleEntry) }
            if !found.isEmpty { signals[vote.voter] = found }
        }
        return signals
    }

    /// How many votes came from each network.
    func votesByNetwork(_ votes: [VoteRecord]) -> [String: Int] {
        Dictionary(votes.compactMap { vote in vote.network.map { ($0, 1) } }, uniquingKeysWith: +)
    }

    /// The most votes within ``burstSeconds``.
    func largestBurst(_ votes: [VoteRecord]) -> Int { windows(votes).map { $0.end - $0.start }.max() ?? 0 }

    private func bursts(_ votes: [VoteRecord]) -> [Bool] {
        var isInBurst = Array(repeating: false, count: votes.count)
        for window in windows(votes) where window.end - window.start >= burstVotesMin {
            for index in window.start..<window.end where !isInBurst[index] { isInBurst[index] = true }
        }
        return isInBurst
    }

    /// For each vote the votes in the time that ends with it.
    private func windows(_ votes: [VoteRecord]) -> [(start: Int, end: Int)] {
        var start = 0
        return votes.indices.map { index in
            while votes[index].castAt - votes[start].castAt >= .seconds(burstSeconds) { start += 1 }
            return (start, index + 1)
        }
    }
}
