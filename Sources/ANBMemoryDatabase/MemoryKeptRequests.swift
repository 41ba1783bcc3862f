import ANBCore

extension MemoryTables {
    struct KeptKey: Hashable {
        var scope: String
        var key: String
    }

    func keptRequest(scope: String, key: String) throws -> KeptRequest? { keptRequests[KeptKey(scope: scope, key: key)] }

    func insertKeptRequest(_ request: KeptRequest) throws {
        let key = KeptKey(scope: request.scope, key: request.key)
        if keptRequests[key] != nil { throw ANBError.requestKeyTaken }
        keptRequests[key] = request
    }

    func restartKeptRequest(_ request: KeptRequest, at now: Timestamp, expiresAt: Timestamp) throws -> Bool {
        let key = KeptKey(scope: request.scope, key: request.key)
        guard let kept = keptRequests[key], kept.startedAt == request.startedAt, kept.answer == nil else { return false }
        keptRequests[key]?.startedAt = now
        keptRequests[key]?.expiresAt = expiresAt
        return true
    }

    func answerKeptRequest(scope: String, key: String, _ answer: KeptAnswer) throws -> Bool {
        let key = KeptKey(scope: scope, key: key)
        guard let kept = keptRequests[key], kept.answer == nil else { return false }
        keptRequests[key]?.answer = answer
        return true
    }

    func removeKeptRequest(scope: String, key: String) throws {
        let key = KeptKey(scope: scope, key: key)
        if let kept = keptRequests[key], kept.answer == nil { keptRequests[key] = nil }
    }

    func removeKeptRequests(scope: String) throws {
        for request in keptRequests.values.filter({ $0.scope == scope }) {
            keptRequests[KeptKey(scope: scope, key: request.key)] = nil
        }
    }

    func deleteKeptRequests(expiredBefore limit: Timestamp) throws -> Int {
        let expired = keptRequests.values.filter { $0.expiresAt < limit }
        for request in expired { keptRequests[KeptKey(scope: request.scope, key: request.key)] = nil }
        return expired.count
    }
}
