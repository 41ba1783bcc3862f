import Crypto
import Foundation

/// Requests that must happen once however often they are sent: the first is done, its repeats get its answer.
///
/// A note is written before the work, and its answer in the very transaction that does the work. A process that dies in
/// between leaves a note without an answer; after `takeOverAfter` a repeat does the work itself.
public struct Repeats: Sendable {
    /// One request with its key.
    public struct Request: Hashable, Sendable {
        let scope: String
        let key: String
        let fingerprint: String
    }

    /// Whose key it is.
    public enum Owner: Sendable {
        /// A person with an account.
        case voter(UserID)
        /// Who wants an account: nobody is signed in, so the key belongs to the e-mail.
        case signUp(email: String)
        /// Everybody who signs up from there.
        case network(String)

        fileprivate var parts: [String] {
            switch self {
            case .voter(let id): ["vote", "\(id)"]
            case .signUp(let email): ["sign-up", email.trimmingWhitespace().lowercased()]
            case .network(let network): ["sign-up from", network]
            }
        }
    }

    /// How long a repeat waits for the one that came first, before it does the work itself.
    static let takeOverAfter: Duration = .seconds(15)

    let database: any Database
    let limits: Limits
    let clock: any WallClock
    /// Of hashes that nobody without it can compare with guesses.
    let hashKey: SymmetricKey

    /// A request as it is known here.
    /// - Parameters:
    ///   - key: The client's `Idempotency-Key`; without one the answer is `nil`.
    ///   - owner: Whose key it is.
    ///   - content: Everything that makes the request what it is. Only a keyed hash is kept, as of the owner.
    /// - Throws: `invalidRequest` when the key is not one.
    public func request(key: String?, owner: Owner, content: [String]) throws -> Request? {
        guard let key else { return nil }
        try Self.check(key)
        return Request(scope: hash(owner.parts), key: key, fingerprint: hash(content))
    }

    /// Forgets everything of somebody, within the transaction that ends their account.
    func forget(_ owner: Owner, in transaction: any TransactionScope) throws {
        try transaction.removeKeptRequests(scope: hash(owner.parts))
    }

    /// What work writes into its own transaction, so that the answer is kept exactly when the work is done.
    public struct Note<Value: Sendable>: Sendable {
        fileprivate let request: Request
        fileprivate let answer: @Sendable (Value) throws -> KeptAnswer

        func write(_ value: Value, in transaction: any TransactionScope) throws {
            let isFirst = try transaction.answerKeptRequest(
                scope: request.scope, key: request.key, try answer(value))
            if !isFirst { throw AnsweredBefore() }
        }
    }

    /// Another repeat has done it meanwhile: this transaction must not happen.
    private struct AnsweredBefore: Error {}

    /// Does the work, unless it was done.
    /// - Parameters:
    ///   - request: As ``request(key:owner:content:)`` made it.
    ///   - answer: Of work that went well.
    ///   - refusal: Of work that did not; `nil` when the next repeat shall try again.
    ///   - work: Writes its note in its transaction.
    /// - Throws: `idempotencyMismatch` for another content; `inProgress` while the first is being done; what the work
    ///   throws when that is no answer to keep.
    public func once<Value: Sendable>(
        _ request: Request, answer: @escaping @Sendable (Value) throws -> KeptAnswer, refusal: (ANBError) -> KeptAnswer?,
        work: (Note<Value>) async throws -> Value
    ) async throws -> KeptAnswer {
        if let before = try await begin(request) { return before }
        do {
            return try answer(try await work(Note(request: request, answer: answer)))
        } catch is AnsweredBefore {
            return try await keep(nil, for: request)
        } catch {
            if let error = error as? ANBError, let kept = refusal(error) { return try await keep(kept, for: request) }
            // An answer stays: then the work was done although it failed to say so.
            await release(request)
            throw error
        }
    }

    /// Lets a key stand for one content, without an answer: for owners that are many people. Work that throws frees it.
    /// - Throws: `idempotencyMismatch` for another content; what the work throws.
    public func binding<Value>(_ request: Request, work: () async throws -> Value) async throws -> Value {
        let (now, expiresAt) = (clock.now, clock.now + .seconds(limits.idempotencySeconds))
        let isNew = try await database.withTransaction { transaction in
            if let kept = try transaction.keptRequest(scope: request.scope, key: request.key) {
                guard kept.fingerprint == request.fingerprint else { throw Self.mismatch }
                return false
            }
            try transaction.insertKeptRequest(KeptRequest(request, startedAt: now, expiresAt: expiresAt))
            return true
        }
        do {
            return try await work()
        } catch {
            if isNew { await release(request) }
            throw error
        }
    }

    private static let mismatch = ANBError(
        .idempotencyMismatch, "This Idempotency-Key was used with another request. Use a new key.")

    private func release(_ request: Request) async {
        try? await unstoppable { [database] in
            try await database.withTransaction { try $0.removeKeptRequest(scope: request.scope, key: request.key) }
        }
    }

    /// - Returns: The answer of the one that came first; `nil` when the work is the caller's to do.
    private func begin(_ request: Request) async throws -> KeptAnswer? {
        let now = clock.now
        let expiresAt = now + .seconds(limits.idempotencySeconds)
        return try await database.withTransaction { transaction in
            guard let kept = try transaction.keptRequest(scope: request.scope, key: request.key) else {
                try transaction.insertKeptRequest(KeptRequest(request, startedAt: now, expiresAt: expiresAt))
                return nil
            }
            guard kept.fingerprint == request.fingerprint else { throw Self.mismatch }
            if let answer = kept.answer { return answer }
            guard kept.startedAt + Self.takeOverAfter <= now,
                try transaction.restartKeptRequest(kept, at: now, expiresAt: expiresAt)
            else {
                throw ANBError(
                    .inProgress, "The same request is being done right now. Please try again in a few seconds.",
                    recovery: .retryLater(after: .seconds(2)))
            }
            return nil
        }
    }

    /// - Returns: What repeats get: the answer, or the one of a repeat that was faster.
    private func keep(_ answer: KeptAnswer?, for request: Request) async throws -> KeptAnswer {
        try await database.withTransaction { transaction in
            if let answer, try transaction.answerKeptRequest(scope: request.scope, key: request.key, answer) { return answer }
            guard let kept = try transaction.keptRequest(scope: request.scope, key: request.key)?.answer ?? answer else {
                throw ANBError.internal("the answer to a repeated request is gone")
            }
            return kept
        }
    }

    /// Visible ASCII, so that it goes into rows and logs as it is.
    static func check(_ key: String) throws {
        guard (1...Limits.idempotencyKeyCharactersMax).contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw ANBError(
                .invalidRequest,
                "Idempotency-Key must have 1 to \(Limits.idempotencyKeyCharactersMax) visible ASCII characters.")
        }
    }

    /// Lengths between the parts, so that no two lists make one text.
    private func hash(_ parts: [String]) -> String {
        let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
        return HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: hashKey).lowercaseHex
    }
}

extension KeptRequest {
    fileprivate init(_ request: Repeats.Request, startedAt: Timestamp, expiresAt: Timestamp) {
        self.init(
            scope: request.scope, key: request.key, fingerprint: request.fingerprint, startedAt: startedAt, expiresAt: expiresAt)
    }
}
