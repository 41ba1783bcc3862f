import ANBCore
import Foundation

extension DatabaseSuite {
    static let auditCases: [ConformanceCase<any Database>] = [
        rule("events wait, oldest first, until they are sealed, and are then in the chain with every field") { stage in
            let events = [stage.event(at: 3), stage.event(at: 1), stage.event(at: 2)]
            try await stage.write { for event in events { try $0.recordAudit(event) } }
            let waiting = [events[1], events[2], events[0]]
            try expectEqual(try await stage.read { try $0.unsealedAudit(limit: 10) }, waiting)
            try expectEqual(try await stage.read { try $0.unsealedAudit(limit: 2) }, Array(waiting.prefix(2)))
            try expectEqual(try await stage.read { try $0.auditHead() }, AuditHead())
            try expectEqual(try await stage.seal(), 3)
            try expectEqual(try await stage.read { try $0.unsealedAudit(limit: 10) }, [])
            let chain = try await stage.read { try $0.auditEntries(after: 0, limit: 10) }
            try expectEqual(chain.map(\.event), waiting)
            try expectEqual(chain.map(\.sequence), [1, 2, 3])
            try expectEqual(chain.map(\.previousHash), ["", chain[0].hash, chain[1].hash])
            try expectEqual(chain.map(\.hash), chain.map(\.rightHash))
            try expectEqual(try await stage.read { try $0.auditHead() }, AuditHead(chain[2]))
            try expectEqual(try await stage.read { try $0.auditEntries(after: 1, limit: 1) }, [chain[1]])
        },
        rule("an event is noted once, and not at all when its transaction fails") { stage in
            let event = stage.event(at: 1)
            try await stage.write { try $0.recordAudit(event) }
            try await expectError(.conflict) { try await stage.write { try $0.recordAudit(event) } }
            let other = stage.event(at: 2)
            try await expectError(.internal) {
                try await stage.write { transaction in
                    try transaction.recordAudit(other)
                    throw ANBError.internal("on purpose")
                }
            }
            try expectEqual(try await stage.read { try $0.unsealedAudit(limit: 10) }, [event])
        },
        rule("entries that do not follow the head are refused and change nothing") { stage in
            let (first, second) = (stage.event(at: 1), stage.event(at: 2))
            try await stage.write { for event in [first, second] { try $0.recordAudit(event) } }
            let entry = AuditEntry(first, after: AuditHead())
            try await stage.write { try $0.sealAudit([entry]) }
            let wrong = [
                AuditEntry(second, after: AuditHead()), AuditEntry(second, after: AuditHead(sequence: 2, hash: entry.hash)),
                AuditEntry(second, after: AuditHead(sequence: 1, hash: "another")),
            ]
            for entry in wrong { try await expectError(.conflict) { try await stage.write { try $0.sealAudit([entry]) } } }
            try expectEqual(try await stage.read { try $0.auditEntries(after: 0, limit: 10) }, [entry])
            try expectEqual(try await stage.read { try $0.unsealedAudit(limit: 10) }, [second])
        },
        rule("many who seal at once, while events come, make one chain with every event once") { stage in
            let events = (0..<60).map { stage.event(at: Double($0)) }
            _ = try await stage.countYes(80) { index in
                if index % 4 == 3 { return try await stage.seal() >= 0 }
                let event = events[index / 4 * 3 + index % 4]
                try await stage.write { try $0.recordAudit(event) }
                return true
            }
            _ = try await stage.seal()
            let chain = try await stage.read { try $0.auditEntries(after: 0, limit: 100) }
            try expectEqual(chain.map(\.sequence), (1...60).map(Int64.init))
            try expectEqual(Set(chain.map(\.event)), Set(events))
            var head = AuditHead()
            for entry in chain {
                try expectEqual(entry.previousHash, head.hash)
                head = AuditHead(entry)
            }
        },
    ]
}

extension DatabaseStage {
    fileprivate func event(at seconds: Double) -> AuditEvent {
        let id = samples.ids.uuid().uuidString.lowercased()
        return AuditEvent(
            id: id, at: time(seconds), actor: .operator, action: .roleGranted, subject: .user(samples.ids.next()),
            detail: "jury", reason: "«\(id)», because")
    }

    /// Everything that waits, in one transaction.
    fileprivate func seal() async throws -> Int {
        try await write { transaction in
            var head = try transaction.auditHead()
            let entries = try transaction.unsealedAudit(limit: 1000).map { event in
                let entry = AuditEntry(event, after: head)
                head = AuditHead(entry)
                return entry
            }
            try transaction.sealAudit(entries)
            return entries.count
        }
    }
}
