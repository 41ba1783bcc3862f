import ANBCore

extension SQLScope {
    private static let eventColumns = "id, at, actor, action, subject, detail, reason"
    private static let entryColumns = "sequence, previous_hash, hash, \(eventColumns)"

    func auditHead() throws -> AuditHead {
        let head = try row("SELECT sequence, hash FROM audit_head WHERE id = ?1", [1]) { row in
            AuditHead(sequence: try row.int64(), hash: try row.text())
        }
        guard let head else {
            throw ANBError(
                .corrupted, "Something went wrong on our side. Please try again later.",
                operatorMessage: "the head of the audit log is gone")
        }
        return head
    }

    func auditEntries(after sequence: Int64, limit: Int) throws -> [AuditEntry] {
        let list = "SELECT \(Self.entryColumns) FROM audit_log WHERE sequence > ?1 ORDER BY sequence LIMIT ?2"
        return try all(list, [sequence, limit]) { row in
            AuditEntry(
                sequence: try row.int64(), previousHash: try row.text(), hash: try row.text(), event: try AuditEvent(row: &row))
        }
    }

    func unsealedAudit(limit: Int) throws -> [AuditEvent] {
        try all("SELECT \(Self.eventColumns) FROM audit_inbox ORDER BY at, id LIMIT ?1", [limit], AuditEvent.init)
    }

    func recordAudit(_ event: AuditEvent) throws {
        try insert(into: "audit_inbox", Self.eventColumns, event.columns, conflict: .idTaken("audit event", event.id))
    }

    func sealAudit(_ entries: [AuditEntry]) throws {
        guard let first = entries.first, let last = entries.last else { return }
        let move = "UPDATE audit_head SET sequence = ?1, hash = ?2 WHERE id = 1 AND sequence = ?3 AND hash = ?4"
        guard try execute(move, [last.sequence, last.hash, first.sequence - 1, first.previousHash]) > 0 else {
            throw ANBError.auditMovedOn
        }
        let append = """
            INSERT INTO audit_log (\(Self.entryColumns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            ON CONFLICT DO NOTHING
            """
        let appended = try executeEach(
            append, entries.map { [$0.sequence, $0.previousHash, $0.hash] as [(any SQLBindable)?] + $0.event.columns })
        guard appended.allSatisfy({ $0 > 0 }) else { throw ANBError.auditMovedOn }
        _ = try executeEach("DELETE FROM audit_inbox WHERE id = ?1", entries.map { [$0.event.id] })
    }
}

extension AuditEvent {
    fileprivate init(row: inout SQLRow) throws {
        self.init(
            id: try row.text(), at: try row.time(), actor: Actor(try row.text()), action: Action(rawValue: try row.text()),
            subject: Subject(try row.text()), detail: try row.text(), reason: try row.text())
    }

    fileprivate var columns: [(any SQLBindable)?] {
        [id, at, actor.description, action.rawValue, subject.description, detail, reason]
    }
}
