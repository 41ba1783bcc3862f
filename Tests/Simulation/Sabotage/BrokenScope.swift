import ANBCore

/// A transaction's scope that breaks one of its promises and passes everything else on.
final class BrokenScope: TransactionScope {
    let base: any TransactionScope
    let sabotage: Sabotage

    init(_ base: any TransactionScope, _ sabotage: Sabotage) {
        self.base = base
        self.sabotage = sabotage
    }

    // MARK: - Broken

    /// The fence that is asked for, or the one that would be right.
    private func fence(_ fence: Int64, of id: JobID, unless sabotage: Sabotage) throws -> Int64 {
        self.sabotage == sabotage ? try base.job(id)?.fence ?? fence : fence
    }

    func claimJob(
        _ id: JobID, worker: String, lease: Duration, limits: AttemptLimits, now: Timestamp
    ) throws -> ClaimOutcome {
        var (limits, now) = (limits, now)
        if sabotage == .ignoresWorkerDeaths { limits.workerDeathsMax = .max }
        if sabotage == .takesHeldJobs, let until = try base.job(id)?.leaseUntil { now = max(now, until) }
        return try base.claimJob(id, worker: worker, lease: lease, limits: limits, now: now)
    }

    func heartbeatJob(_ id: JobID, fence: Int64, lease: Duration, progress: JobProgress, now: Timestamp) throws -> Bool {
        let fence = try self.fence(fence, of: id, unless: .ignoresFences)
        return try base.heartbeatJob(id, fence: fence, lease: lease, progress: progress, now: now)
    }

    func finishJob(_ id: JobID, fence: Int64, now: Timestamp) throws -> Bool {
        try base.finishJob(id, fence: self.fence(fence, of: id, unless: .finishesWithoutFence), now: now)
    }

    func rescheduleJob(_ id: JobID, fence: Int64, readyAt: Timestamp, reason: String, now: Timestamp) throws -> Bool {
        let fence = try self.fence(fence, of: id, unless: .ignoresFences)
        return try base.rescheduleJob(id, fence: fence, readyAt: readyAt, reason: reason, now: now)
    }

    func giveBackJob(_ id: JobID, fence: Int64, now: Timestamp) throws -> Bool {
        try base.giveBackJob(id, fence: self.fence(fence, of: id, unless: .ignoresFences), now: now)
    }

    func buryJob(_ id: JobID, fence: Int64, reason: String, now: Timestamp) throws -> Bool {
        try base.buryJob(id, fence: self.fence(fence, of: id, unless: .ignoresFences), reason: reason, now: now)
    }

    func castVotes(_ ballots: [Ballot], in phase: VotingPhase) throws -> [Int?] {
        try zip(ballots, base.castVotes(ballots, in: phase)).map { ballot, votes in
            if sabotage == .inventsVotes, let other = try base.users(with: .moderator, page: Page()).first {
                _ = try base.castVote(Ballot(voter: other.id, video: ballot.video, at: ballot.at), in: phase)
            }
            guard votes == nil, sabotage == .confirmsSecondVotes, try base.hasVote(of: ballot.voter, for: ballot.video)
            else { return votes }
            return try base.countVotes(for: ballot.video)
        }
    }

    func upload(_ id: VideoID) throws -> PendingUpload? {
        sabotage == .sweepsFreshObjects ? nil : try base.upload(id)
    }

    func upload(ownedBy owner: UserID, idempotencyKey: String) throws -> PendingUpload? {
        sabotage == .forgetsIdempotencyKeys ? nil : try base.upload(ownedBy: owner, idempotencyKey: idempotencyKey)
    }

    func insertUpload(_ upload: PendingUpload) throws {
        var upload = upload
        if sabotage == .forgetsIdempotencyKeys { upload.idempotencyKey = nil }
        try base.insertUpload(upload)
    }
}

// MARK: - Passed on

extension BrokenScope {
    func user(_ id: UserID) throws -> User? { try base.user(id) }
    func user(email: String) throws -> User? { try base.user(email: email) }
    func isUsernameTaken(_ username: String) throws -> Bool { try base.isUsernameTaken(username) }
    func users(with role: User.Role, page: Page) throws -> [User] { try base.users(with: role, page: page) }
    func insertUser(_ user: User) throws { try base.insertUser(user) }
    func updateUser(_ user: User) throws -> Bool { try base.updateUser(user) }
    func session(_ id: SessionID) throws -> Session? { try base.session(id) }
    func sessions(of user: UserID, liveAt now: Timestamp) throws -> [Session] { try base.sessions(of: user, liveAt: now) }
    func refreshToken(hash: String) throws -> RefreshToken? { try base.refreshToken(hash: hash) }
    func insertSession(_ session: Session) throws { try base.insertSession(session) }
    func insertRefreshToken(_ token: RefreshToken) throws { try base.insertRefreshToken(token) }
    func useRefreshToken(hash: String, by client: String, at now: Timestamp) throws -> Bool {
        try base.useRefreshToken(hash: hash, by: client, at: now)
    }
    func touchSession(_ id: SessionID, usedAt: Timestamp, expiresAt: Timestamp) throws {
        try base.touchSession(id, usedAt: usedAt, expiresAt: expiresAt)
    }
    func revokeSession(_ id: SessionID, at now: Timestamp) throws -> Bool { try base.revokeSession(id, at: now) }
    func deleteSessions(expiredBefore limit: Timestamp) throws -> Int { try base.deleteSessions(expiredBefore: limit) }
    func video(_ id: VideoID) throws -> Video? { try base.video(id) }
    func videos(ownedBy owner: UserID, page: Page) throws -> [Video] { try base.videos(ownedBy: owner, page: page) }
    func countVideos(ownedBy owner: UserID) throws -> Int { try base.countVideos(ownedBy: owner) }
    func publicVideos(_ query: PublicVideoQuery) throws -> [PublicVideo] { try base.publicVideos(query) }
    func publicVideo(_ id: VideoID) throws -> PublicVideo? { try base.publicVideo(id) }
    func countPublicVideos(cityKey: String?) throws -> Int { try base.countPublicVideos(cityKey: cityKey) }
    func ranking(cityKey: String?, page: Page) throws -> [RankingEntry] { try base.ranking(cityKey: cityKey, page: page) }
    func cities() throws -> [CityCount] { try base.cities() }
    func insertVideo(_ video: Video) throws { try base.insertVideo(video) }
    func markProcessing(_ id: VideoID) throws -> Bool { try base.markProcessing(id) }
    func publish(_ id: VideoID, _ publication: Video.Publication, at now: Timestamp) throws -> Bool {
        try base.publish(id, publication, at: now)
    }
    func submitForReview(_ id: VideoID, _ publication: Video.Publication, at now: Timestamp) throws -> Bool {
        try base.submitForReview(id, publication, at: now)
    }
    func approve(_ id: VideoID, at now: Timestamp) throws -> Bool { try base.approve(id, at: now) }
    func reject(_ id: VideoID, reason: String, at now: Timestamp) throws -> Bool {
        try base.reject(id, reason: reason, at: now)
    }
    func videosToReview(page: Page) throws -> [PublicVideo] { try base.videosToReview(page: page) }
    func countVideosToReview() throws -> Int { try base.countVideosToReview() }
    func fail(_ id: VideoID, code: FailureCode, reason: String, at now: Timestamp) throws -> Bool {
        try base.fail(id, code: code, reason: reason, at: now)
    }
    func requeue(_ id: VideoID) throws -> Bool { try base.requeue(id) }
    func markDeleted(_ id: VideoID, at now: Timestamp) throws -> Bool { try base.markDeleted(id, at: now) }
    func removeVideo(_ id: VideoID) throws { try base.removeVideo(id) }
    func uploads(expiredBefore limit: Timestamp, limit count: Int) throws -> [PendingUpload] {
        try base.uploads(expiredBefore: limit, limit: count)
    }
    func moveUpload(
        _ id: VideoID, from: PendingUpload.State, to: PendingUpload.State, expiresAt: Timestamp
    ) throws -> Bool {
        try base.moveUpload(id, from: from, to: to, expiresAt: expiresAt)
    }
    func removeUpload(_ id: VideoID) throws { try base.removeUpload(id) }
    func votedVideos(of voter: UserID, page: Page) throws -> [VideoID] { try base.votedVideos(of: voter, page: page) }
    func countVotes(for video: VideoID) throws -> Int { try base.countVotes(for: video) }
    func hasVote(of voter: UserID, for video: VideoID) throws -> Bool { try base.hasVote(of: voter, for: video) }
    func voteRecords(for video: VideoID) throws -> [VoteRecord] { try base.voteRecords(for: video) }
    func voteEvents(of voter: UserID) throws -> [VoteEvent] { try base.voteEvents(of: voter) }
    func tallyDifferences() throws -> [TallyDifference] { try base.tallyDifferences() }
    func retractVote(by voter: UserID, for video: VideoID, at now: Timestamp, in phase: VotingPhase) throws -> Int? {
        try base.retractVote(by: voter, for: video, at: now, in: phase)
    }
    func quarantineVotes(
        of voters: [UserID], for video: VideoID, by actor: AuditEvent.Actor, reason: String, at now: Timestamp
    ) throws -> Int {
        try base.quarantineVotes(of: voters, for: video, by: actor, reason: reason, at: now)
    }
    func restoreVotes(
        of voters: [UserID], for video: VideoID, by actor: AuditEvent.Actor, reason: String, at now: Timestamp
    ) throws -> Int {
        try base.restoreVotes(of: voters, for: video, by: actor, reason: reason, at: now)
    }
    func repairTally(of subject: TallyDifference.Subject) throws { try base.repairTally(of: subject) }
    func auditHead() throws -> AuditHead { try base.auditHead() }
    func auditEntries(after sequence: Int64, limit: Int) throws -> [AuditEntry] {
        try base.auditEntries(after: sequence, limit: limit)
    }
    func unsealedAudit(limit: Int) throws -> [AuditEvent] { try base.unsealedAudit(limit: limit) }
    func recordAudit(_ event: AuditEvent) throws { try base.recordAudit(event) }
    func sealAudit(_ entries: [AuditEntry]) throws { try base.sealAudit(entries) }
    func job(_ id: JobID) throws -> Job? { try base.job(id) }
    func jobsToRing(now: Timestamp, rungBefore: Timestamp, limit: Int) throws -> [Job] {
        try base.jobsToRing(now: now, rungBefore: rungBefore, limit: limit)
    }
    func positionInQueue(_ id: JobID, now: Timestamp) throws -> Int? { try base.positionInQueue(id, now: now) }
    func countJobs(in state: Job.State) throws -> Int { try base.countJobs(in: state) }
    func deadJobs(limit: Int) throws -> [Job] { try base.deadJobs(limit: limit) }
    func backlog(now: Timestamp) throws -> Backlog { try base.backlog(now: now) }
    func runningJobs(now: Timestamp, limit: Int) throws -> [Job] { try base.runningJobs(now: now, limit: limit) }
    func delayedJobs(now: Timestamp, limit: Int) throws -> [Job] { try base.delayedJobs(now: now, limit: limit) }
    func endedJobs(since: Timestamp, limit: Int) throws -> [Job] { try base.endedJobs(since: since, limit: limit) }
    func insertJob(_ job: Job) throws { try base.insertJob(job) }
    func reviveJob(_ id: JobID, now: Timestamp) throws -> Bool { try base.reviveJob(id, now: now) }
    func removeDeadJob(_ id: JobID) throws -> Bool { try base.removeDeadJob(id) }
    func markRung(_ ids: [JobID], at now: Timestamp) throws { try base.markRung(ids, at: now) }
    func deleteJobs(finishedBefore limit: Timestamp) throws -> Int { try base.deleteJobs(finishedBefore: limit) }
}

// MARK: - Resumable uploads, passed on

extension BrokenScope {
    func uploadSession(_ id: VideoID) throws -> UploadSession? { try base.uploadSession(id) }
    func countOpenUploadSessions(ownedBy owner: UserID) throws -> Int { try base.countOpenUploadSessions(ownedBy: owner) }
    func uploadSessions(expiredBefore limit: Timestamp, limit count: Int) throws -> [UploadSession] {
        try base.uploadSessions(expiredBefore: limit, limit: count)
    }
    func fullUploadSessions(now: Timestamp, limit count: Int) throws -> [UploadSession] {
        try base.fullUploadSessions(now: now, limit: count)
    }
    func insertUploadSession(_ session: UploadSession) throws { try base.insertUploadSession(session) }
    func leaseUploadSession(_ id: VideoID, owner: String, until: Timestamp, now: Timestamp) throws -> UploadLease {
        try base.leaseUploadSession(id, owner: owner, until: until, now: now)
    }
    func renewUploadLease(_ id: VideoID, fence: Int64, until: Timestamp) throws -> Bool? {
        try base.renewUploadLease(id, fence: fence, until: until)
    }
    func saveUploadParts(
        _ id: VideoID, fence: Int64, parts: [UploadSession.Part], leaseUntil: Timestamp?, expiresAt: Timestamp
    ) throws -> Bool {
        try base.saveUploadParts(id, fence: fence, parts: parts, leaseUntil: leaseUntil, expiresAt: expiresAt)
    }
    func releaseUploadLease(_ id: VideoID, fence: Int64) throws -> Bool { try base.releaseUploadLease(id, fence: fence) }
    func settleUploadSession(
        _ id: VideoID, fence: Int64, as state: UploadSession.State, reason: String?, code: FailureCode?,
        keepUntil: Timestamp
    ) throws -> Bool {
        try base.settleUploadSession(id, fence: fence, as: state, reason: reason, code: code, keepUntil: keepUntil)
    }
    func endUploadSession(
        _ id: VideoID, as state: UploadSession.State, keepUntil: Timestamp, expiredBefore: Timestamp?
    ) throws -> Bool {
        try base.endUploadSession(id, as: state, keepUntil: keepUntil, expiredBefore: expiredBefore)
    }
    func removeUploadSession(_ id: VideoID) throws { try base.removeUploadSession(id) }
}
