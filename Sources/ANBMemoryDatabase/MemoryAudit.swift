import ANBCore

extension MemoryTables {
    func auditHead() throws -> AuditHead { auditHeads[0] ?? AuditHead() }

    func auditEntries(after sequence: Int64, limit: Int) throws -> [AuditEntry] {
        Array(auditLog.values.filter { $0.sequence > sequence }.sorted { $0.sequence < $1.sequence }.prefix(limit))
    }

    func unsealedAudit(limit: Int) throws -> [AuditEvent] {
        Array(auditInbox.values.sorted { ($0.at, $0.id) < ($1.at, $1.id) }.prefix(limit))
    }

    func recordAudit(_ event: AuditEvent) throws {
        if auditInbox[event.id] != nil { throw ANBError.idTaken("audit event", event.id) }
        auditInbox[event.id] = event
    }

    func sealAudit(_ entries: [AuditEntry]) throws {
        guard let first = entries.first, let last = entries.last else { return }
        let follows = try auditHead() == AuditHead(sequence: first.sequence - 1, hash: first.previousHash)
        let isNew = entries.allSatisfy { auditLog[$0.sequence] == nil }
        guard follows, isNew else { throw ANBError.auditMovedOn }
        for entry in entries {
            auditLog[entry.sequence] = entry
            auditInbox[entry.event.id] = nil
        }
        auditHeads[0] = AuditHead(last)
    }
}
