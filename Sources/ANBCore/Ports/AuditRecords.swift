/// What may be read of the audit log.
public protocol AuditReads {
    /// The end of the chain. Within a transaction it stays what it is until the end.
    func auditHead() throws -> AuditHead
    /// The chain behind a place, in its order.
    func auditEntries(after sequence: Int64, limit: Int) throws -> [AuditEntry]
    /// Events that are not yet in the chain, oldest first (time, then id).
    func unsealedAudit(limit: Int) throws -> [AuditEvent]
}

/// How the audit log grows.
public protocol AuditWrites {
    /// Notes an event. It waits for nobody: the place in the chain is given later, by ``sealAudit(_:)``.
    /// - Throws: ``ANBError/Code/conflict`` when the id exists.
    func recordAudit(_ event: AuditEvent) throws
    /// Puts events at the end of the chain, where nothing ever changes them again.
    /// - Parameter entries: One after the other, from ``AuditReads/auditHead()`` on.
    /// - Throws: ``ANBError/Code/conflict`` when they do not follow the head.
    func sealAudit(_ entries: [AuditEntry]) throws
}
