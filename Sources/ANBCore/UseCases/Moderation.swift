/// The decision whether a finished video is published. Everything here is for moderators.
public struct Moderation: Sendable {
    let database: any Database
    let boards: BoardChanges
    let news: VideoNews
    let clock: any WallClock
    let ids: any IDGenerator

    /// What waits, the longest waiting first.
    /// - Throws: `forbidden` for anyone but a moderator.
    public func waiting(for moderator: Identity, page: Page) async throws -> VideoLibrary.Listing<PublicVideo> {
        try page.check()
        return try await database.read { scope in
            try Self.check(moderator, in: scope)
            return VideoLibrary.Listing(
                elements: try scope.videosToReview(page: page), totalCount: try scope.countVideosToReview())
        }
    }

    /// Publishes a video.
    /// - Parameters:
    ///   - id: The video.
    ///   - moderator: Who decides.
    ///   - reason: For the audit log; may be empty.
    /// - Throws: `notFound`; `forbidden` for the moderator's own video; `conflict` when it was decided before.
    public func publish(_ id: VideoID, by moderator: Identity, reason: String) async throws {
        let reason = try Self.accepted(reason)
        try await decide(id, by: moderator, .videoPublished, .processed, reason: reason) { try $0.approve(id, at: $1) }
    }

    /// Decides against a video.
    /// - Parameters:
    ///   - id: The video.
    ///   - moderator: Who decides.
    ///   - reason: The player reads it; not empty.
    /// - Throws: As ``publish(_:by:reason:)``; `invalidRequest` without a reason.
    public func reject(_ id: VideoID, by moderator: Identity, reason: String) async throws {
        let reason = try Self.accepted(reason)
        guard reason.hasVisibleCharacters else {
            throw ANBError(.invalidRequest, "reason is missing: the player will read it.")
        }
        try await decide(id, by: moderator, .videoRejected, .rejected, reason: reason) {
            try $0.reject(id, reason: reason, at: $1)
        }
    }

    private func decide(
        _ id: VideoID, by moderator: Identity, _ action: AuditEvent.Action, _ kind: WebhookEvent.Kind, reason: String,
        _ change: @escaping @Sendable (any TransactionScope, Timestamp) throws -> Bool
    ) async throws {
        let now = clock.now
        let event = ids.auditEvent(at: now, by: .user(moderator.userID), action, .video(id), reason: reason)
        try await database.withTransaction { transaction in
            try Self.check(moderator, in: transaction)
            guard let video = try transaction.video(id), video.deletedAt == nil else {
                throw ANBError(.notFound, "There is no such video.")
            }
            guard video.ownerID != moderator.userID else {
                throw ANBError(.forbidden, "Nobody decides on their own video.")
            }
            guard try change(transaction, now) else {
                throw ANBError(.conflict, "This video does not wait for a decision: it is \(video.status.rawValue).")
            }
            try transaction.recordAudit(event)
            let code: FailureCode? = kind == .rejected ? .rejected : nil
            try news.note(kind, id, of: video.ownerID, code: code, in: transaction, at: now)
        }
        await boards.note()
    }

    /// The roles of this moment, not those that a request came with.
    private static func check(_ moderator: Identity, in scope: any ReadScope) throws {
        guard try scope.activeUser(moderator).roles.contains(where: User.Role.moderating.contains) else {
            throw ANBError(.forbidden, "Only moderators may do this.")
        }
    }

    private static func accepted(_ reason: String) throws -> String {
        let reason = reason.trimmingWhitespace()
        guard reason.count <= Limits.reasonCharactersMax, reason.utf8.count <= Limits.reasonBytesMax,
            !reason.hasControlCharacters
        else {
            throw ANBError(
                .invalidRequest, "reason may have at most \(Limits.reasonCharactersMax) characters and no control characters.")
        }
        return reason
    }
}
