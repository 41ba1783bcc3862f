import ANBCore

extension SQLScope {
    private static let keptColumns = "scope, key, fingerprint, started_at, status, body, expires_at"

    func keptRequest(scope: String, key: String) throws -> KeptRequest? {
        let find = "SELECT \(Self.keptColumns) FROM kept_requests WHERE scope = ?1 AND key = ?2"
        return try row(find, [scope, key], KeptRequest.init)
    }

    func insertKeptRequest(_ request: KeptRequest) throws {
        try insert(
            into: "kept_requests", Self.keptColumns,
            [
                request.scope, request.key, request.fingerprint, request.startedAt, request.answer?.status,
                request.answer?.body, request.expiresAt,
            ],
            conflict: .requestKeyTaken)
    }

    func restartKeptRequest(_ request: KeptRequest, at now: Timestamp, expiresAt: Timestamp) throws -> Bool {
        let restart = """
            UPDATE kept_requests SET started_at = ?3, expires_at = ?4
            WHERE scope = ?1 AND key = ?2 AND started_at = ?5 AND status IS NULL
            """
        return try execute(restart, [request.scope, request.key, now, expiresAt, request.startedAt]) > 0
    }

    func answerKeptRequest(scope: String, key: String, _ answer: KeptAnswer) throws -> Bool {
        let note = "UPDATE kept_requests SET status = ?3, body = ?4 WHERE scope = ?1 AND key = ?2 AND status IS NULL"
        return try execute(note, [scope, key, answer.status, answer.body]) > 0
    }

    func removeKeptRequest(scope: String, key: String) throws {
        _ = try execute("DELETE FROM kept_requests WHERE scope = ?1 AND key = ?2 AND status IS NULL", [scope, key])
    }

    func removeKeptRequests(scope: String) throws { _ = try execute("DELETE FROM kept_requests WHERE scope = ?1", [scope]) }

    func deleteKeptRequests(expiredBefore limit: Timestamp) throws -> Int {
        try execute("DELETE FROM kept_requests WHERE expires_at < ?1", [limit])
    }
}

extension KeptRequest {
    fileprivate init(row: inout SQLRow) throws {
        self.init(
            scope: try row.text(), key: try row.text(), fingerprint: try row.text(), startedAt: try row.time(),
            expiresAt: Timestamp(milliseconds: 0))
        let (status, body) = (try row.optionalInteger(), try row.optionalText())
        if let status, let body { answer = KeptAnswer(status: Int(status), body: body) }
        expiresAt = try row.time()
    }
}
