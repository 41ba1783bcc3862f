/// What may be read of requests that came with an `Idempotency-Key`.
public protocol KeptRequestReads {
    /// The request of this scope and key; `nil` when none was kept.
    func keptRequest(scope: String, key: String) throws -> KeptRequest?
}

/// What may be changed of them.
public protocol KeptRequestWrites {
    /// - Throws: ``ANBError/Code/conflict`` when there is one with this scope and key.
    func insertKeptRequest(_ request: KeptRequest) throws
    /// Begins again what nobody answered; answers whether `request` is still as it was read.
    func restartKeptRequest(_ request: KeptRequest, at now: Timestamp, expiresAt: Timestamp) throws -> Bool
    /// Notes the answer; answers false when there is one already, or no such request.
    func answerKeptRequest(scope: String, key: String, _ answer: KeptAnswer) throws -> Bool
    /// Forgets the request unless it was answered.
    func removeKeptRequest(scope: String, key: String) throws
    /// Forgets all requests of a scope, answered or not.
    func removeKeptRequests(scope: String) throws
    /// Forgets requests whose time has come; answers how many.
    func deleteKeptRequests(expiredBefore limit: Timestamp) throws -> Int
}
