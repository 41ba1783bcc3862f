import ANBCore
import ANBTesting
import Foundation
import Logging
import Testing

@testable import ANBPersistence

/// Somebody who may write to the database, but not unnoticed.
@Suite("Tampering with the audit log")
struct AuditTamperingTests {
    struct Tampering: CustomStringConvertible, Sendable {
        var description: String
        var statements: [String]
        var firstBadRow: Int64
    }

    /// On a chain of 1,200 rows, so that it takes several reads.
    static let tamperings = [
        Tampering(
            description: "a changed reason", statements: ["UPDATE audit_log SET reason = 'x' WHERE sequence = 700"],
            firstBadRow: 700),
        Tampering(
            description: "a changed time", statements: ["UPDATE audit_log SET at = at + 1 WHERE sequence = 1"], firstBadRow: 1),
        Tampering(description: "a removed row", statements: ["DELETE FROM audit_log WHERE sequence = 500"], firstBadRow: 500),
        Tampering(
            description: "a removed row, the gap closed",
            statements: [
                "DELETE FROM audit_log WHERE sequence = 1199", "UPDATE audit_log SET sequence = 1199 WHERE sequence = 1200",
                "UPDATE audit_head SET sequence = 1199",
            ], firstBadRow: 1199),
        Tampering(description: "a removed end", statements: ["DELETE FROM audit_log WHERE sequence > 1000"], firstBadRow: 1001),
        Tampering(
            description: "two rows in each other's place",
            statements: [
                "UPDATE audit_log SET sequence = 0 WHERE sequence = 3", "UPDATE audit_log SET sequence = 3 WHERE sequence = 4",
                "UPDATE audit_log SET sequence = 4 WHERE sequence = 0",
            ], firstBadRow: 3),
        Tampering(
            description: "an added row",
            statements: [
                """
                INSERT INTO audit_log SELECT 1201, hash, 'h', 'i', at, actor, action, subject, detail, reason
                FROM audit_log WHERE sequence = 1200
                """
            ], firstBadRow: 1201),
        Tampering(description: "an emptied log", statements: ["DELETE FROM audit_log"], firstBadRow: 1),
    ]

    @Test(arguments: tamperings) func showsAtTheFirstBadRow(_ tampering: Tampering) async throws {
        try await TemporarySQLite.withDatabase { database in
            let trail = AuditTrail(database: database, logger: Logger(label: "test"))
            try await fill(database, count: 1200)
            #expect(try await trail.seal() == 1200)
            guard case .intact(let head, 0) = try await trail.verify() else {
                Issue.record("the chain is broken before anybody touched it")
                return
            }
            #expect(head.sequence == 1200)
            try await database.inTransaction { scope in for statement in tampering.statements { _ = try scope.execute(statement) }
            }
            guard case .broken(let sequence, _) = try await trail.verify() else {
                Issue.record("\(tampering) does not show")
                return
            }
            #expect(sequence == tampering.firstBadRow)
        }
    }

    /// Whoever computes the whole chain again is found by a head that was noted elsewhere.
    @Test func aForgedChainDoesNotLeadThroughTheNotedHead() async throws {
        try await TemporarySQLite.withDatabase { database in
            let trail = AuditTrail(database: database, logger: Logger(label: "test"))
            try await fill(database, count: 3)
            try await trail.seal()
            guard case .intact(let noted, _) = try await trail.verify() else { throw ConformanceFailure("broken") }
            try await fill(database, count: 2)
            try await trail.seal()
            guard case .intact = try await trail.verify(noted: noted) else { throw ConformanceFailure("broken") }
            try await database.inTransaction { scope in
                _ = try scope.execute("DELETE FROM audit_log")
                _ = try scope.execute("UPDATE audit_head SET sequence = 0, hash = ''")
            }
            guard case .intact = try await trail.verify() else { throw ConformanceFailure("an empty chain holds") }
            #expect(try await trail.verify(noted: noted) == .broken(sequence: 1, problem: "the chain once reached 3"))
            try await fill(database, count: 5)
            try await trail.seal()
            guard case .broken(3, _) = try await trail.verify(noted: noted) else { throw ConformanceFailure("not noticed") }
        }
    }

    private func fill(_ database: some Database, count: Int) async throws {
        try await database.withTransaction { transaction in
            for index in 0..<count {
                try transaction.recordAudit(
                    AuditEvent(
                        id: SystemIDs().uuid().uuidString, at: Samples.start + .milliseconds(index), actor: .operator,
                        action: .roleGranted, subject: .none, detail: "\(index)"))
            }
        }
    }
}
