/// What may be read of uploads in parts.
public protocol UploadSessionReads {
    /// A session in any state.
    func uploadSession(_ id: VideoID) throws -> UploadSession?
    /// How many a person has begun and not ended.
    func countOpenUploadSessions(ownedBy owner: UserID) throws -> Int
    /// Sessions in any state whose time has come, the longest due first.
    func uploadSessions(expiredBefore limit: Timestamp, limit count: Int) throws -> [UploadSession]
    /// Open sessions that have all their bytes and that nobody is busy with; those that were tried least come first.
    func fullUploadSessions(now: Timestamp, limit count: Int) throws -> [UploadSession]
}

/// The lease of a session is what keeps two requests, on whatever replica, from adding bytes at the same time. Every
/// write under a lease carries its fence and checks it in the same statement: it answers false and writes nothing when
/// there was another lease since, or when the session is no longer open. A lease that ended but that nobody took over
/// does not matter.
public protocol UploadSessionWrites {
    /// - Throws: ``ANBError/Code/conflict`` when the id exists.
    func insertUploadSession(_ session: UploadSession) throws

    /// Takes the lease of an open session when it is free or has ended; `now` at its end is after it. Who holds it
    /// otherwise is asked to let go.
    func leaseUploadSession(_ id: VideoID, owner: String, until: Timestamp, now: Timestamp) throws -> UploadLease

    /// Prolongs a lease.
    /// - Returns: Whether somebody asked the holder to let go; `nil` when the lease is lost.
    func renewUploadLease(_ id: VideoID, fence: Int64, until: Timestamp) throws -> Bool?

    /// Notes which parts there are.
    /// - Parameters:
    ///   - id: Which one.
    ///   - fence: Of the lease under which this is written; an older one writes nothing.
    ///   - parts: All parts that are durable, in their order.
    ///   - leaseUntil: `nil` gives the lease back.
    ///   - expiresAt: The session's new end.
    func saveUploadParts(
        _ id: VideoID, fence: Int64, parts: [UploadSession.Part], leaseUntil: Timestamp?, expiresAt: Timestamp
    ) throws -> Bool

    /// Gives the lease back.
    func releaseUploadLease(_ id: VideoID, fence: Int64) throws -> Bool

    /// `open → completed | refused` by the lease's holder.
    /// - Parameters:
    ///   - id: Which one.
    ///   - fence: Of the lease under which this is written; an older one writes nothing.
    ///   - state: How it ended.
    ///   - reason: Why it is refused, safe for the user.
    ///   - code: The same for programs.
    ///   - keepUntil: When the row may be removed.
    func settleUploadSession(
        _ id: VideoID, fence: Int64, as state: UploadSession.State, reason: String?, code: FailureCode?,
        keepUntil: Timestamp
    ) throws -> Bool

    /// `open → terminated | expired`, whoever holds the lease.
    /// - Parameters:
    ///   - id: Which one.
    ///   - state: How it ended.
    ///   - keepUntil: Until when its client may ask what became of it.
    ///   - expiredBefore: Only when its time had come by then.
    func endUploadSession(
        _ id: VideoID, as state: UploadSession.State, keepUntil: Timestamp, expiredBefore: Timestamp?
    ) throws -> Bool

    /// Removes the row, whatever its state.
    func removeUploadSession(_ id: VideoID) throws
}

/// What became of the wish to write.
public enum UploadLease: Hashable, Sendable {
    /// The caller's, under the session's fence.
    case taken(UploadSession)
    /// Somebody is writing.
    case held(until: Timestamp)
    /// There is no open session of that id.
    case notOpen
}
