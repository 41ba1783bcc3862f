import Crypto
import Foundation

/// An event in its place in the chain: its hash covers the event, its place and the hash of the entry before.
public struct AuditEntry: Hashable, Sendable {
    /// 1 is the first; without gaps.
    public var sequence: Int64
    /// ``hash`` of the entry before; empty for the first.
    public var previousHash: String
    /// Lowercase hex SHA-256.
    public var hash: String
    /// What happened.
    public var event: AuditEvent

    /// An entry as it was stored, right or wrong.
    public init(sequence: Int64, previousHash: String, hash: String, event: AuditEvent) {
        self.sequence = sequence
        self.previousHash = previousHash
        self.hash = hash
        self.event = event
    }

    /// The entry that follows the chain's head.
    public init(_ event: AuditEvent, after head: AuditHead) {
        self.init(sequence: head.sequence + 1, previousHash: head.hash, hash: "", event: event)
        hash = rightHash
    }

    /// What ``hash`` must be.
    public var rightHash: String { SHA256.hash(data: Data(canonicalForm.utf8)).lowercaseHex }

    /// Every field with its length before it, so that no two entries have the same form.
    private var canonicalForm: String {
        let fields = [
            "\(sequence)", previousHash, event.id, "\(event.at.milliseconds)", event.actor.description,
            event.action.rawValue, event.subject.description, event.detail, event.reason,
        ]
        return fields.map { "\($0.utf8.count):\($0)" }.joined()
    }
}

/// The end of the chain: the place and the hash of its last entry.
public struct AuditHead: Hashable, Sendable {
    /// 0 while there is no entry.
    public var sequence: Int64
    /// Empty while there is no entry.
    public var hash: String

    /// The place of an entry, or of the beginning.
    public init(sequence: Int64 = 0, hash: String = "") {
        self.sequence = sequence
        self.hash = hash
    }

    /// The head after this entry.
    public init(_ entry: AuditEntry) { self.init(sequence: entry.sequence, hash: entry.hash) }
}
