import Foundation

/// Something worth being able to prove later: who did what to what, when and why.
///
/// It holds ids and never e-mails, names, tokens or addresses. The exception is ``reason``, which is what a moderator or
/// an operator wrote.
public struct AuditEvent: Hashable, Sendable {
    /// Stored as text, so that a row that was tampered with can still be read and named.
    public struct Action: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// As stored.
        public let rawValue: String
        /// An action of this name.
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }

        /// A login.
        public static let signedIn = Action(rawValue: "sign_in")
        /// A login with a wrong password, or to no account.
        public static let signInFailed = Action(rawValue: "sign_in_failed")
        /// A session other than the one that asked was ended.
        public static let sessionEnded = Action(rawValue: "session_ended")
        /// An old refresh token came again, so its session was ended.
        public static let refreshTokenReused = Action(rawValue: "refresh_token_reused")
        /// By the account's owner.
        public static let passwordChanged = Action(rawValue: "password_changed")
        /// By an operator.
        public static let roleGranted = Action(rawValue: "role_granted")
        /// By an operator.
        public static let roleRevoked = Action(rawValue: "role_revoked")
        /// By a moderator.
        public static let videoPublished = Action(rawValue: "video_published")
        /// By a moderator, with a reason.
        public static let videoRejected = Action(rawValue: "video_rejected")
        /// By its owner.
        public static let videoDeleted = Action(rawValue: "video_deleted")
        /// By its owner, with all its videos.
        public static let accountDeleted = Action(rawValue: "account_deleted")
        /// Votes no longer count.
        public static let votesQuarantined = Action(rawValue: "votes_quarantined")
        /// Quarantined votes count again.
        public static let votesRestored = Action(rawValue: "votes_restored")
        /// A number on the board was set to what the votes say.
        public static let tallyRepaired = Action(rawValue: "tally_repaired")
        /// A dead job runs again, or a dead message was sent again.
        public static let workReplayed = Action(rawValue: "dead_work_replayed")
        /// A dead job or message was forgotten.
        public static let workPurged = Action(rawValue: "dead_work_purged")
        /// News that nobody had taken is sent again.
        public static let webhooksReplayed = Action(rawValue: "webhooks_replayed")
    }

    /// Who did it: `user:ID`, `operator` for whoever may run commands on the server, `nobody` for a stranger.
    public struct Actor: Hashable, Sendable, CustomStringConvertible {
        /// As stored: `user:UUID`, `operator` or `nobody`.
        public let description: String
        /// As stored.
        public init(_ text: String) { description = text }

        /// A person with an account.
        public static func user(_ id: UserID) -> Actor { Actor("user:\(id)") }
        /// Whoever runs a command on the server.
        public static let `operator` = Actor("operator")
        /// A request without an identity.
        public static let nobody = Actor("nobody")
    }

    /// What it was done to: `user:ID`, `session:ID`, `video:ID`, `job:ID`, `queue:ID`, `webhook:ID`; empty for nothing that exists.
    public struct Subject: Hashable, Sendable, CustomStringConvertible {
        /// As stored: `user:UUID`, `session:UUID`, `video:UUID` or empty.
        public let description: String
        /// As stored.
        public init(_ text: String) { description = text }

        /// An account.
        public static func user(_ id: UserID) -> Subject { Subject("user:\(id)") }
        /// A login on one device.
        public static func session(_ id: SessionID) -> Subject { Subject("session:\(id)") }
        /// A video.
        public static func video(_ id: VideoID) -> Subject { Subject("video:\(id)") }
        /// News of a video for the embedder.
        public static func webhook(_ id: WebhookEventID) -> Subject { Subject("webhook:\(id)") }
        /// Nothing in particular.
        public static let none = Subject("")
    }

    /// Unique; a UUID.
    public let id: String
    /// When it happened.
    public var at: Timestamp
    /// Who did it.
    public var actor: Actor
    /// What was done.
    public var action: Action
    /// To what.
    public var subject: Subject
    /// What exactly: a role, a count. Empty when the action says it all.
    public var detail: String
    /// Why, in the actor's words; empty when nobody asked.
    public var reason: String

    /// An event as it goes into the inbox of the log.
    public init(
        id: String, at: Timestamp, actor: Actor, action: Action, subject: Subject, detail: String = "", reason: String = ""
    ) {
        self.id = id
        self.at = at
        self.actor = actor
        self.action = action
        self.subject = subject
        self.detail = detail
        self.reason = reason
    }
}

extension IDGenerator {
    /// A new event of the audit log.
    func auditEvent(
        at now: Timestamp, by actor: AuditEvent.Actor, _ action: AuditEvent.Action, _ subject: AuditEvent.Subject,
        detail: String = "", reason: String = ""
    ) -> AuditEvent {
        AuditEvent(
            id: uuid().uuidString.lowercased(), at: now, actor: actor, action: action, subject: subject, detail: detail,
            reason: reason)
    }
}
