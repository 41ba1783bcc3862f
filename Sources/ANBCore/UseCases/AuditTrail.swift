public import Logging

/// The audit log as a chain of hashes.
///
/// An event is written in the transaction of what it tells of, as a row of its own, so that nobody waits for anybody. A
/// moment later it is sealed: whoever comes first gives all that wait their places in the chain, in one transaction.
public struct AuditTrail: Sendable {
    /// Events that one transaction seals, and entries that one read checks.
    static let batchCountMax = 500

    let database: any Database
    let logger: Logger

    /// The log in this database.
    public init(database: any Database, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    /// Gives every event that waits its place.
    /// - Returns: How many.
    @discardableResult
    public func seal() async throws -> Int {
        var sealed = 0
        while try await database.read({ try !$0.unsealedAudit(limit: 1).isEmpty }) {
            let count = try await database.withTransaction { try Self.sealBatch(in: $0) }
            sealed += count
            if count < Self.batchCountMax { break }
        }
        return sealed
    }

    private static func sealBatch(in transaction: any TransactionScope) throws -> Int {
        // The head first: it keeps others from sealing until this transaction ends, so the list below is nobody else's.
        var head = try transaction.auditHead()
        let entries = try transaction.unsealedAudit(limit: batchCountMax).map { event in
            let entry = AuditEntry(event, after: head)
            head = AuditHead(entry)
            return entry
        }
        if !entries.isEmpty { try transaction.sealAudit(entries) }
        return entries.count
    }

    /// Seals until the task is cancelled.
    public func run(every interval: Duration = .seconds(1), clock: any WallClock) async throws {
        while !Task.isCancelled {
            do {
                try await seal()
            } catch {
                logger.warning("events of the audit log wait to be sealed", metadata: ["error": "\(error)"])
            }
            try await clock.sleep(for: interval)
        }
    }

    /// Entries in their order.
    /// - Parameters:
    ///   - sequence: A place in the chain; `nil` shows the last ones.
    ///   - limit: 1 or more.
    public func entries(after sequence: Int64?, limit: Int) async throws -> [AuditEntry] {
        try await database.read { scope in
            let start = try sequence ?? max(0, scope.auditHead().sequence - Int64(limit))
            return try scope.auditEntries(after: start, limit: limit)
        }
    }
}

/// What a check of the whole chain found.
public enum AuditVerdict: Hashable, Sendable {
    /// - Parameters:
    ///   - head: Noted elsewhere, it proves later that nothing before it has changed.
    ///   - unsealed: Events that wait for their place.
    case intact(head: AuditHead, unsealed: Int)
    /// - Parameters:
    ///   - sequence: The first place that is not as it must be.
    ///   - problem: What is wrong there.
    case broken(sequence: Int64, problem: String)
}

extension AuditTrail {
    /// Computes every hash again. Others may go on writing meanwhile.
    /// - Parameter noted: A head that somebody wrote down earlier; the chain must still lead through it.
    public func verify(noted: AuditHead? = nil) async throws -> AuditVerdict {
        var last = AuditHead()
        while true {
            let reached = last
            let (page, head) = try await database.read { scope in
                (try scope.auditEntries(after: reached.sequence, limit: Self.batchCountMax), try scope.auditHead())
            }
            for entry in page {
                if let problem = Self.problem(of: entry, after: last, noted: noted) {
                    return .broken(sequence: last.sequence + 1, problem: problem)
                }
                last = AuditHead(entry)
            }
            guard page.isEmpty else { continue }
            if last != head {
                return .broken(
                    sequence: min(last.sequence, head.sequence) + 1,
                    problem: "the chain ends at \(last.sequence), but its head says \(head.sequence)")
            }
            if let noted, noted.sequence > last.sequence {
                return .broken(sequence: last.sequence + 1, problem: "the chain once reached \(noted.sequence)")
            }
            let unsealed = try await database.read { try $0.unsealedAudit(limit: Self.batchCountMax).count }
            return .intact(head: last, unsealed: unsealed)
        }
    }

    private static func problem(of entry: AuditEntry, after last: AuditHead, noted: AuditHead?) -> String? {
        if entry.sequence != last.sequence + 1 { return "the row is missing; the next one is \(entry.sequence)" }
        if entry.previousHash != last.hash { return "it does not follow the row before it" }
        if entry.hash != entry.rightHash { return "it was changed" }
        if entry.sequence == noted?.sequence, entry.hash != noted?.hash { return "its hash is not the one that was noted" }
        return nil
    }
}
