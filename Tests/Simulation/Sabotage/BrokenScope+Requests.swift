import ANBCore

// Passed on: requests with a key, quotas, and who may act.
extension BrokenScope {
    func liveRoles(of identities: [Identity], at now: Timestamp) throws -> [[User.Role]?] {
        try base.liveRoles(of: identities, at: now)
    }
    func keptRequest(scope: String, key: String) throws -> KeptRequest? { try base.keptRequest(scope: scope, key: key) }
    func insertKeptRequest(_ request: KeptRequest) throws { try base.insertKeptRequest(request) }
    func restartKeptRequest(_ request: KeptRequest, at now: Timestamp, expiresAt: Timestamp) throws -> Bool {
        try base.restartKeptRequest(request, at: now, expiresAt: expiresAt)
    }
    func answerKeptRequest(scope: String, key: String, _ answer: KeptAnswer) throws -> Bool {
        try base.answerKeptRequest(scope: scope, key: key, answer)
    }
    func removeKeptRequest(scope: String, key: String) throws { try base.removeKeptRequest(scope: scope, key: key) }
    func removeKeptRequests(scope: String) throws { try base.removeKeptRequests(scope: scope) }
    func deleteKeptRequests(expiredBefore limit: Timestamp) throws -> Int { try base.deleteKeptRequests(expiredBefore: limit) }
    func uploadUsage(of owner: UserID, day: Int64) throws -> UploadUsage { try base.uploadUsage(of: owner, day: day) }
    func countUpload(of owner: UserID, day: Int64, byteCount: Int64, quota: UploadQuota) throws -> Bool {
        try base.countUpload(of: owner, day: day, byteCount: byteCount, quota: quota)
    }
    func deleteUploadUsage(before day: Int64) throws { try base.deleteUploadUsage(before: day) }
}
