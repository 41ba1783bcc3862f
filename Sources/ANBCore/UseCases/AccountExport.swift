/// Everything that is stored about one person, for that person.
public struct AccountExport: Sendable {
    /// The account itself.
    public var user: User
    /// Logins that live.
    public var sessions: [Session]
    /// Deleted ones are not among them: their rows are about to go.
    public var videos: [Video]
    /// Every vote given and taken back, and what became of it.
    public var votes: [VoteEvent]
    /// The moment that all of this is of.
    public var exportedAt: Timestamp
}

extension Accounts {
    /// All that is known of the caller, as of one moment.
    /// - Throws: `unauthenticated` when the account is gone or disabled.
    public func export(_ identity: Identity) async throws -> AccountExport {
        let now = clock.now
        return try await database.read { scope in
            let user = try scope.activeUser(identity)
            let count = try scope.countVideos(ownedBy: user.id)
            return AccountExport(
                user: user, sessions: try scope.sessions(of: user.id, liveAt: now),
                videos: try scope.videos(ownedBy: user.id, page: Page(limit: max(1, count))),
                votes: try scope.voteEvents(of: user.id), exportedAt: now)
        }
    }
}
