import ANBCore

// Passed on: closed accounts, and the walk over all videos.
extension BrokenScope {
    func eraseUser(_ id: UserID, at now: Timestamp) throws -> Bool { try base.eraseUser(id, at: now) }
    func removeErasedUsers() throws -> Int { try base.removeErasedUsers() }
    func deleteSessions(of user: UserID) throws { try base.deleteSessions(of: user) }
    func withdrawVideo(_ id: VideoID, at now: Timestamp) throws -> Bool { try base.withdrawVideo(id, at: now) }
    func giveUpUploads(of owner: UserID, at now: Timestamp) throws { try base.giveUpUploads(of: owner, at: now) }
    func videos(after id: VideoID?, limit: Int) throws -> [Video] { try base.videos(after: id, limit: limit) }
}
