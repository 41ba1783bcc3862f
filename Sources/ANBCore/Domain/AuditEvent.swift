import Foundation

/// Something worth being able to prove later: who did what to what, when and why.
///
/// It holds ids and never e-mails, names, tokens or addresses. The exception is ``reason``, which is what a moderator or
/// an operator wrote.
public struct AuditEvent: Hashable, Sendable {
    /// Stored as text, so that a row that was tampered with can still be read and named.
    public struct Action: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
        public var description: String { rawValue }

        public static let signedIn = Action(rawValue: "sign_in")
        public static let signInFailed = Action(rawValue: "sign_in_failed")
        /// A session other than the one that asked was ended.
        public static let sessionEnded = Action(rawValue: "session_ended")
        /// An old refresh token came again, so its session was ended.
        public static let refreshTokenReused = Action(rawValue: "refresh_token_reused")
        public static let passwordChanged = Action(rawValue: "password_changed")
        public static let roleGranted = Action(rawValue: "role_granted")
        public static let roleRevoked = Action(rawValue: "role_revoked")
        public static let videoPublished = Action(rawValue: "video_published")
        public static let videoRejected = Action(rawValue: "video_rejected")
        public static let videoDeleted = Action(rawValue: "video_deleted")
        public static let accountDeleted = Action(rawValue: "account_deleted")
        public static let votesQuarantined = Action(rawValue: "votes_quarantined")
        public static let votesRestored = Action(rawValue: "votes_restored")
        public static let tallyRepaired = Action(rawValue: "tally_repaired")
        public static let workReplayed = Action(rawValue: "dead_work_replayed")
        public static let workPurged = Action(rawValue: "dead_work_purged")
        public static let webhooksReplayed = Action(rawValue: "webhooks_replayed")
    }

    /// Who did it: `user:ID`, `operator` for whoever may run commands on the server, `nobody` for a stranger.
    public struct Actor: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        public init(_ text: String) { description = text }

        public static func user(_ id: UserID) -> Actor { Actor("user:\(id)") }
        public static let `operator` = Actor("operator")
        public static let nobody = Actor("nobody")
    }

    /// What it was done to: `user:ID`, `session:ID`, `video:ID`, `job:ID`, `queue:ID`, `webhook:ID`; empty for nothing that exists.
    public struct Subject: Hashable, Sendable, CustomStringConvertible {
        public let description: String
        public init(_ text: String) { description = text }

        public static func user(_ id: UserID) -> Subject { Subject("user:\(id)") }
        public static func session(_ id: SessionID) -> Subject { Subject("session:\(id)") }
        public static func video(_ id: VideoID) -> Subject { Subject("video:\(id)") }
        public static func webhook(_ id: WebhookEventID) -> Subject { Subject("webhook:\(id)") }
        public static let none = Subject("")
    }

    /// Unique; a UUID.
    public let id: String
    public var at: Timestamp
    public var actor: Actor
    public var action: Action
    public var subject: Subject
    /// What exactly: a role, a count. Empty when the action says it all.
    public var detail: String
    /// Why, in the actor's words; empty when nobody asked.
    public var reason: String

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
