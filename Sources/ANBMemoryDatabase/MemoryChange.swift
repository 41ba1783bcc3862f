package import ANBCore

/// One row that a committed transaction of a ``MemoryDatabase`` changed, for whoever watches it: tests that check every
/// single step of a row's life.
package enum MemoryChange: Sendable {
    case upload(old: PendingUpload?, new: PendingUpload?)
    case video(old: Video?, new: Video?)
    case job(old: Job?, new: Job?)
    /// Whether it counts now.
    case vote(voter: UserID, video: VideoID, isLive: Bool)
}
