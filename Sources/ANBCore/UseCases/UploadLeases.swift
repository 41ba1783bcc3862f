import Logging

/// Who may write to an upload in parts. Replicas that are killed lose their leases by time.
struct UploadLeases: Sendable {
    /// Renewals within the life of one lease.
    private static let renewalsPerLease = 3

    let database: any Database
    let limits: Limits
    let clock: any WallClock
    let logger: Logger

    /// - Parameter owner: For operators.
    /// - Throws: `inProgress` with a time when somebody else is writing, who is asked to let go; `gone` when the session is
    ///   not open.
    func take(_ id: VideoID, owner: String) async throws -> UploadSession {
        let now = clock.now
        let until = now + .seconds(limits.uploadLeaseSeconds)
        switch try await database.withTransaction({ try $0.leaseUploadSession(id, owner: owner, until: until, now: now) }) {
        case .taken(let session): return session
        case .held: throw ANBError.uploadInUse(for: .seconds(1))
        case .notOpen: throw ANBError.uploadGone
        }
    }

    /// Gives a lease back after a failure; what fails here ends by time.
    func release(_ session: UploadSession) async {
        let (id, fence) = (session.id, session.fence)
        await unstoppable {
            _ = try? await database.withTransaction { try $0.releaseUploadLease(id, fence: fence) }
        }
    }

    /// Runs something under a lease, which is renewed meanwhile.
    /// - Parameter letsGo: Whether it is cancelled when somebody else asks for the lease, or has it. What is not finds out by
    ///   its fence; it may also have ended the lease itself.
    func keeping<Value: Sendable>(
        _ session: UploadSession, letsGo: Bool, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask { try await renew(session, letsGo: letsGo) }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw ANBError.internal("a task group lost its tasks") }
            return value
        }
    }

    private func renew<Value>(_ session: UploadSession, letsGo: Bool) async throws -> Value {
        let life = Duration.seconds(limits.uploadLeaseSeconds)
        while true {
            try await clock.sleep(for: life / Self.renewalsPerLease)
            let isWanted = try await renewed(session, until: clock.now + life)
            guard letsGo else { continue }
            guard let isWanted else { throw try await database.lostUpload(session.id) }
            if isWanted { throw ANBError.uploadInUse(for: .seconds(1)) }
        }
    }

    /// A database that is away for a moment is no reason to stop: the fence decides at the next write.
    private func renewed(_ session: UploadSession, until: Timestamp) async throws -> Bool? {
        let (id, fence) = (session.id, session.fence)
        do {
            return try await database.withTransaction { try $0.renewUploadLease(id, fence: fence, until: until) }
        } catch {
            try Task.checkCancellation()
            logger.warning("the lease of an upload was not renewed", metadata: ["upload_id": "\(id)", "error": "\(error)"])
            return false
        }
    }
}
