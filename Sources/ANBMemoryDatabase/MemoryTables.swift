import ANBCore

/// Everything the memory database holds; also the scope that transactions work on.
///
/// Not sendable: ``MemoryDatabase`` keeps it behind a lock.
final class MemoryTables: TransactionScope {
    struct VoteKey: Hashable {
        var voter: UserID
        var video: VideoID
    }

    struct Vote {
        var key: VoteKey
        var castAt: Timestamp
        var quarantinedAt: Timestamp?

        var counts: Bool { quarantinedAt == nil }
    }

    /// A player who has a published video.
    struct PlayerTally {
        var userID: UserID
        var videos: Int
        var votes: Int
        var reachedAt: Timestamp
    }

    var users = MemoryTable<UserID, User>()
    var sessions = MemoryTable<SessionID, Session>()
    var refreshTokens = MemoryTable<String, RefreshToken>()
    var videos = MemoryTable<VideoID, Video>()
    var uploadNotes = MemoryTable<VideoID, PendingUpload>()
    var uploadSessions = MemoryTable<VideoID, UploadSessionRow>()
    var votes = MemoryTable<VoteKey, Vote>()
    /// Oldest first.
    var voteEvents = MemoryTable<VoteKey, [VoteEvent]>()
    var tallies = MemoryTable<UserID, PlayerTally>()
    var jobs = MemoryTable<JobID, Job>()
    var auditInbox = MemoryTable<String, AuditEvent>()
    var auditLog = MemoryTable<Int64, AuditEntry>()
    /// One row.
    var auditHeads = MemoryTable<Int, AuditHead>()
    var keptRequests = MemoryTable<KeptKey, KeptRequest>()
    var uploadDays = MemoryTable<UploadDay, UploadUsage>()
    var undelivered = MemoryTable<WebhookEventID, WebhookEvent>()

    /// What the open transaction did so far.
    var changes: [MemoryChange] {
        uploadNotes.changes.map { .upload(old: $0.old, new: $0.new) }
            + videos.changes.map { .video(old: $0.old, new: $0.new) }
            + jobs.changes.map { .job(old: $0.old, new: $0.new) }
            + votes.changes.map { .vote(voter: $0.key.voter, video: $0.key.video, isLive: $0.new?.counts == true) }
    }

    func commit() {
        keptRequests.commit()
        uploadDays.commit()
        undelivered.commit()
        users.commit()
        sessions.commit()
        refreshTokens.commit()
        videos.commit()
        uploadNotes.commit()
        uploadSessions.commit()
        votes.commit()
        voteEvents.commit()
        tallies.commit()
        jobs.commit()
        auditInbox.commit()
        auditLog.commit()
        auditHeads.commit()
    }

    func rollBack() {
        keptRequests.rollBack()
        uploadDays.rollBack()
        undelivered.rollBack()
        users.rollBack()
        sessions.rollBack()
        refreshTokens.rollBack()
        videos.rollBack()
        uploadNotes.rollBack()
        uploadSessions.rollBack()
        votes.rollBack()
        voteEvents.rollBack()
        tallies.rollBack()
        jobs.rollBack()
        auditInbox.rollBack()
        auditLog.rollBack()
        auditHeads.rollBack()
    }

    /// The owner of a row that is about to be written.
    func existingUser(_ id: UserID) throws -> User {
        guard let user = users[id] else { throw ANBError.internal("no user \(id) to refer to") }
        return user
    }
}
