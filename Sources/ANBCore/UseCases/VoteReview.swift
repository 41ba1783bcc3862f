/// What operators do about votes: look, set aside, take back, count again. Nothing is ever removed.
public struct VoteReview: Sendable {
    /// Which votes of a video.
    public struct Choice: Hashable, Sendable {
        /// All of these must show in a vote; none is no condition.
        public var signals: Set<FraudSignal>
        /// Only these people's; empty is everybody's.
        public var voters: Set<UserID>

        /// Votes that show all of these signals and, where there are voters, are of one of them.
        public init(signals: Set<FraudSignal> = [], voters: Set<UserID> = []) {
            self.signals = signals
            self.voters = voters
        }

        func includes(_ vote: VoteRecord, _ found: Set<FraudSignal>?) -> Bool {
            signals.isSubset(of: found ?? []) && (voters.isEmpty || voters.contains(vote.voter))
        }
    }

    private let database: any Database
    private let rules: FraudRules
    private let clock: any WallClock
    private let ids: any IDGenerator

    /// A review on this database.
    public init(
        database: any Database, rules: FraudRules = FraudRules(), clock: any WallClock = SystemClock(),
        ids: any IDGenerator = SystemIDs()
    ) {
        self.database = database
        self.rules = rules
        self.clock = clock
        self.ids = ids
    }

    /// Makes the chosen votes not count, in one transaction.
    /// - Parameters:
    ///   - choice: Which of them.
    ///   - video: Whose votes.
    ///   - reason: For the ledger and the audit log.
    ///   - isDryRun: Only counts.
    /// - Returns: How many votes.
    /// - Throws: ``ANBError/Code/notFound`` when there is no such video.
    public func quarantine(_ choice: Choice, for video: VideoID, reason: String, isDryRun: Bool = false) async throws -> Int {
        try await change(choice, for: video, isQuarantined: false, .votesQuarantined, reason: reason, isDryRun) {
            try $0.quarantineVotes(of: $1, for: video, by: .operator, reason: reason, at: $2)
        }
    }

    /// Makes the chosen votes count again, in one transaction.
    /// - Returns: How many votes.
    /// - Throws: ``ANBError/Code/notFound`` when there is no such video.
    public func restore(_ choice: Choice, for video: VideoID, reason: String, isDryRun: Bool = false) async throws -> Int {
        try await change(choice, for: video, isQuarantined: true, .votesRestored, reason: reason, isDryRun) {
            try $0.restoreVotes(of: $1, for: video, by: .operator, reason: reason, at: $2)
        }
    }

    private func change(
        _ choice: Choice, for id: VideoID, isQuarantined: Bool, _ action: AuditEvent.Action, reason: String, _ isDryRun: Bool,
        _ change: @escaping @Sendable (any TransactionScope, [UserID], Timestamp) throws -> Int
    ) async throws -> Int {
        let (now, rules) = (clock.now, rules)
        let signals = choice.signals.map(\.rawValue).sorted().joined(separator: "+")
        let plain = ids.auditEvent(at: now, by: .operator, action, .video(id), reason: reason)
        @Sendable func chosen(_ scope: any ReadScope) throws -> [UserID] {
            guard try scope.video(id) != nil else { throw ANBError(.notFound, "There is no video \(id).") }
            let votes = try scope.voteRecords(for: id)
            let found = rules.signals(of: votes)
            return votes.filter { $0.isQuarantined == isQuarantined && choice.includes($0, found[$0.voter]) }.map(\.voter)
        }
        if isDryRun { return try await database.read { try chosen($0).count } }
        return try await database.withTransaction { transaction in
            let count = try change(transaction, try chosen(transaction), now)
            guard count > 0 else { return 0 }
            var event = plain
            event.detail = "votes \(count)" + (signals.isEmpty ? "" : ", \(signals)")
            try transaction.recordAudit(event)
            return count
        }
    }

    /// Counts every vote and compares with the board.
    /// - Parameter repairs: Sets what differs to what the votes say.
    /// - Returns: What differed.
    public func recount(repairs: Bool = false) async throws -> [TallyDifference] {
        guard repairs else { return try await database.read { try $0.tallyDifferences() } }
        let (now, ids) = (clock.now, ids)
        return try await database.withTransaction { transaction in
            let differences = try transaction.tallyDifferences()
            for difference in differences {
                try transaction.repairTally(of: difference.subject)
                try transaction.recordAudit(
                    ids.auditEvent(
                        at: now, by: .operator, .tallyRepaired, AuditEvent.Subject("\(difference.subject)"),
                        detail: "\(difference.board) became \(difference.votes)"))
            }
            return differences
        }
    }
}

/// What stands out in the votes of one video.
public struct VoteReport: Hashable, Sendable {
    /// The video that the figures are of.
    public var videoID: VideoID
    /// Its title.
    public var title: String
    /// Votes that count.
    public var votes: Int
    /// Votes that were set aside.
    public var quarantined: Int
    /// Votes with each signal, among those that count.
    public var signals: [FraudSignal: Int]
    /// Votes with two signals or more.
    public var suspicious: Int
    /// The most votes within a minute.
    public var largestBurst: Int
    /// The most votes from one network, and from how many networks votes came.
    public var largestNetwork: Int
    /// Networks that votes came from, as far as they are known.
    public var networks: Int
}

extension VoteReview {
    /// Videos with the most votes, the first of the list first.
    /// - Parameter limit: 1…``Limits/pageSizeMax``.
    public func report(limit: Int = 20) async throws -> [VoteReport] {
        let videos = try await database.read { try $0.publicVideos(PublicVideoQuery(page: Page(limit: limit))) }
        var reports: [VoteReport] = []
        for entry in videos { reports.append(try await report(on: entry.video.id)) }
        return reports
    }

    /// - Throws: ``ANBError/Code/notFound`` when there is no such video.
    public func report(on id: VideoID) async throws -> VoteReport {
        let rules = rules
        return try await database.read { scope in
            guard let video = try scope.video(id) else { throw ANBError(.notFound, "There is no video \(id).") }
            let all = try scope.voteRecords(for: id)
            let counting = all.filter { !$0.isQuarantined }
            // Judged among all votes: what was set aside belongs to the burst and the network it came with.
            let found = rules.signals(of: all)
            let signals = counting.compactMap { found[$0.voter] }
            let networks = rules.votesByNetwork(counting)
            return VoteReport(
                videoID: id, title: video.title, votes: counting.count, quarantined: all.count - counting.count,
                signals: Dictionary(signals.flatMap { $0.map { ($0, 1) } }, uniquingKeysWith: +),
                suspicious: signals.count { $0.count > 1 }, largestBurst: rules.largestBurst(counting),
                largestNetwork: networks.values.max() ?? 0, networks: networks.count)
        }
    }
}
