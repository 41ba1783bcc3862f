/// The end of an account: everything that tells of the person goes.
///
/// In one transaction the account loses its e-mail, names, city and password, its sessions end, its uploads are given up and
/// its videos are withdrawn, published ones too; a job for each removes the objects. Votes that the person cast stay and
/// count, under an id that no longer leads to anybody: a result must not change because somebody leaves, nor must a
/// swindler's account take its traces along. When nothing refers to the empty row any more, the sweeper removes it.
public struct AccountClosing: Sendable {
    let database: any Database
    let hasher: any PasswordHasher
    let relay: OutboxRelay
    let repeats: Repeats
    let boards: BoardChanges
    let clock: any WallClock
    let ids: any IDGenerator

    /// Closes the caller's account. It is gone when this returns; its objects follow within moments.
    /// - Throws: `forbidden` when the password is wrong, `unauthenticated` when the account is gone.
    public func close(_ identity: Identity, password: String, correlationID: String) async throws {
        let user = try await database.read { try $0.activeUser(identity) }
        guard try await Passwords(hasher: hasher).match(password, user.passwordHash) != .none else {
            throw ANBError(.forbidden, "The password is wrong.")
        }
        let (now, ids) = (clock.now, ids)
        let messages = try await database.withTransaction { transaction -> [JobMessage] in
            try transaction.activeUser(identity)
            // First: from here on no upload can become a video that the list below would miss.
            try transaction.giveUpUploads(of: user.id, at: now)
            let jobs = try Self.withdrawVideos(of: user.id, in: transaction, now: now) { video in
                Job(
                    id: ids.next(), kind: .deleteVideo, videoID: video, userID: user.id, correlationID: correlationID,
                    createdAt: now)
            }
            try transaction.deleteSessions(of: user.id)
            for owner in [Repeats.Owner.voter(user.id), .signUp(email: user.email)] {
                try repeats.forget(owner, in: transaction)
            }
            _ = try transaction.eraseUser(user.id, at: now)
            try transaction.recordAudit(
                ids.auditEvent(
                    at: now, by: .user(user.id), .accountDeleted, .user(user.id), detail: "videos \(jobs.count)"))
            return jobs.map { JobMessage($0) }
        }
        await boards.note()
        await relay.ringNow(messages)
    }

    private static func withdrawVideos(
        of owner: UserID, in transaction: any TransactionScope, now: Timestamp, job: (VideoID) -> Job
    ) throws -> [Job] {
        var jobs: [Job] = []
        while true {
            // Withdrawn ones are no longer listed, so the first page is always the next.
            let videos = try transaction.videos(ownedBy: owner, page: Page(limit: Limits.pageSizeMax))
            for video in videos {
                guard try transaction.withdrawVideo(video.id, at: now) else {
                    throw ANBError.internal("the video \(video.id) cannot be withdrawn")
                }
                let job = job(video.id)
                try transaction.insertJob(job)
                jobs.append(job)
            }
            if videos.count < Limits.pageSizeMax { return jobs }
        }
    }
}
