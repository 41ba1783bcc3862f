package import Logging

/// What was given up, for operators: dead jobs of the ledger, and messages that the queue put aside.
///
/// The two are apart because the queue only rings. To replay a dead job is to let it run again; to replay a message is
/// to ring once more, which the ledger answers as it answers any bell: a job that is done stays done.
package struct DeadWork: Sendable {
    /// Entries of one list.
    package static let entriesMax = 1000

    let database: any Database
    private let queue: (any DeadLetterQueue)?
    let clock: any WallClock
    private let ids: any IDGenerator
    private let logger: Logger

    /// - Parameter queue: `nil` when no other process can look into it.
    package init(
        database: any Database, queue: (any DeadLetterQueue)?, clock: any WallClock = SystemClock(),
        ids: any IDGenerator = SystemIDs(), logger: Logger
    ) {
        self.database = database
        self.queue = queue
        self.clock = clock
        self.ids = ids
        self.logger = logger
    }

    /// Dead jobs, the longest dead first, and behind them the queue's dead letters.
    /// - Parameter limit: 1…1,000.
    package func list(limit: Int = entriesMax) async throws -> [DeadEntry] {
        guard (1...Self.entriesMax).contains(limit) else {
            throw ANBError(.invalidRequest, "The limit must be from 1 to \(Self.entriesMax).")
        }
        let jobs = try await database.read { try $0.deadJobs(limit: limit) }.map(DeadEntry.init)
        guard let queue, jobs.count < limit else { return jobs }
        return jobs + (try await queue.deadLetters(limit: limit - jobs.count).map(DeadEntry.init))
    }

    /// - Throws: ``ANBError/Code/notFound`` when nothing dead has this id.
    package func show(_ id: DeadEntry.ID) async throws -> DeadEntry {
        let found: DeadEntry?
        switch id {
        case .job(let job):
            found = try await database.read { try $0.job(job) }.flatMap { $0.state == .dead ? DeadEntry($0) : nil }
        case .message: found = try await queue?.deadLetters(limit: Self.entriesMax).map(DeadEntry.init).first { $0.id == id }
        }
        guard let found else { throw ANBError(.notFound, "Nothing dead has the id \(id).") }
        return found
    }

    /// Lets jobs run again and sends messages again. A second replay finds nothing and does nothing.
    /// - Returns: What became of each.
    package func replay(_ ids: [DeadEntry.ID]) async -> [DeadEntry.ID: DeadLetterFate] {
        await change(ids, "replayed", .workReplayed) {
            try await revive($0)
        } messages: {
            try await $0.replay($1)
        }
    }

    /// Forgets jobs and messages. What a job was for stays as it is: a video that failed has failed.
    /// - Returns: What became of each.
    package func purge(_ ids: [DeadEntry.ID]) async -> [DeadEntry.ID: DeadLetterFate] {
        await change(ids, "purged", .workPurged) { id in
            let event = event(.workPurged, .job(id))
            return try await database.withTransaction { transaction in
                guard try transaction.removeDeadJob(id) else { return .absent }
                try transaction.recordAudit(event)
                return .done
            }
        } messages: {
            try await $0.purge($1)
        }
    }

    // MARK: - One by one

    /// The job and its video go back together, or neither does.
    private func revive(_ id: JobID) async throws -> DeadLetterFate {
        let now = clock.now
        let event = event(.workReplayed, .job(id))
        return try await database.withTransaction { transaction in
            guard let job = try transaction.job(id), job.state == .dead else { return .absent }
            if job.kind == .processVideo {
                guard let video = try transaction.video(job.videoID), video.deletedAt == nil, !video.status.isMade else {
                    return .failed(reason: "its video is gone, deleted or published; there is nothing left to do, purge it")
                }
                if video.status == .failed { _ = try transaction.requeue(video.id) }
            }
            guard try transaction.reviveJob(id, now: now) else { return .absent }
            try transaction.recordAudit(event)
            return .done
        }
    }

    private func event(_ action: AuditEvent.Action, _ id: DeadEntry.ID) -> AuditEvent {
        ids.auditEvent(at: clock.now, by: .operator, action, AuditEvent.Subject("\(id)"))
    }

    private func change(
        _ ids: [DeadEntry.ID], _ what: String, _ action: AuditEvent.Action, job change: (JobID) async throws -> DeadLetterFate,
        messages: (any DeadLetterQueue, Set<String>) async throws -> [String: DeadLetterFate]
    ) async -> [DeadEntry.ID: DeadLetterFate] {
        var fates: [DeadEntry.ID: DeadLetterFate] = [:]
        var letters: Set<String> = []
        for id in ids {
            switch id {
            case .job(let job): fates[id] = await Self.failing { try await change(job) }
            case .message(let name): letters.insert(name)
            }
        }
        let letterFates = await self.fates(of: letters, messages)
        for (name, fate) in letterFates { fates[.message(name)] = fate }
        await note(action, letterFates.filter { $0.value == .done }.keys)
        for (id, fate) in fates { logger.notice("dead work is \(what)", metadata: ["id": "\(id)", "outcome": "\(fate)"]) }
        return fates
    }

    /// A queue has no part in transactions: what became of its messages is noted afterwards.
    private func note(_ action: AuditEvent.Action, _ letters: some Sequence<String>) async {
        let events = letters.map { event(action, .message($0)) }
        if events.isEmpty { return }
        do {
            try await database.withTransaction { transaction in for event in events { try transaction.recordAudit(event) } }
        } catch {
            logger.error(
                "the audit log does not know of these messages", metadata: ["action": "\(action)", "error": "\(error)"])
        }
    }

    private func fates(
        of letters: Set<String>, _ change: (any DeadLetterQueue, Set<String>) async throws -> [String: DeadLetterFate]
    ) async -> [String: DeadLetterFate] {
        if letters.isEmpty { return [:] }
        guard let queue else { return Dictionary(uniqueKeysWithValues: letters.map { ($0, .absent) }) }
        do {
            return try await change(queue, letters)
        } catch {
            return Dictionary(uniqueKeysWithValues: letters.map { ($0, .failed(error)) })
        }
    }

    private static func failing(_ body: () async throws -> DeadLetterFate) async -> DeadLetterFate {
        do { return try await body() } catch { return .failed(error) }
    }
}

extension DeadLetterFate {
    static func failed(_ error: any Error) -> DeadLetterFate {
        .failed(reason: (error as? ANBError)?.operatorMessage ?? "\(error)")
    }
}
