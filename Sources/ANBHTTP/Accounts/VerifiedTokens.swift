import ANBCore
import Crypto
import Foundation
import Synchronization

/// Access tokens whose signature and claims were found good, until they expire: a client sends the same one with every
/// request of an hour. Only their hashes are remembered.
final class VerifiedTokens: Sendable {
    private struct Entry {
        var identity: Identity
        /// Seconds since 1970; the first second in which the token no longer works.
        var expires: Int64
    }

    private let countMax: Int
    private let entries = Mutex<[SHA256Digest: Entry]>([:])

    init(countMax: Int = 20_000) { self.countMax = countMax }

    /// - Parameter now: Seconds since 1970.
    func identity(of digest: SHA256Digest, now: Int64) -> Identity? {
        entries.withLock { entries in
            guard let entry = entries[digest], now < entry.expires else { return nil }
            return entry.identity
        }
    }

    func remember(_ digest: SHA256Digest, _ identity: Identity, expires: Int64, now: Int64) {
        entries.withLock { entries in
            if entries.count >= countMax { entries = entries.filter { now < $0.value.expires } }
            // Full of tokens that hold: those in use come back by themselves.
            if entries.count >= countMax { entries.removeAll(keepingCapacity: true) }
            entries[digest] = Entry(identity: identity, expires: expires)
        }
    }
}
