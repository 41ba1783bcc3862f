public import ANBCore
import CArgon2
import Foundation
import NIOCore
import NIOPosix
import Synchronization

/// Argon2id over libargon2, on threads of its own. Few hashes are computed at a time and few wait, because each costs
/// tens of milliseconds and megabytes; the rest are turned away at once.
public final class Argon2Hasher: PasswordHasher {
    private static let saltBytes = 16
    private static let hashBytes = 32
    private static let niceness: Int32 = 10
    /// One or two. A core is left to everybody else where there is more than one: hashes on all of them made others wait ten times
    /// as long, niceness or not (Benchmarks/results, votes beside logins).
    public static let threadsDefault = min(2, max(1, System.coreCount - 1))

    private let parameters: Argon2Parameters
    private let waitingMax: Int
    private let threads: Int
    private let pool: NIOThreadPool
    private let ids: any IDGenerator
    private let admitted = Mutex(0)
    /// Matches no password anyone knows, and costs as much to check as a real one.
    private let decoy: String

    /// - Parameters:
    ///   - parameters: The cost; cheap ones are for tests only.
    ///   - threads: Hashes computed at the same time, 1 or more.
    ///   - waitingMax: Calls that wait behind them; one more is refused.
    ///   - ids: Where salts come from.
    public init(
        parameters: Argon2Parameters = Argon2Parameters(), threads: Int = threadsDefault, waitingMax: Int = 32,
        ids: any IDGenerator = SystemIDs()
    ) {
        self.parameters = parameters
        self.threads = threads
        self.waitingMax = waitingMax
        self.ids = ids
        self.pool = NIOThreadPool(numberOfThreads: threads)
        let cost = "m=\(parameters.memoryKiB),t=\(parameters.passes),p=\(parameters.lanes)"
        self.decoy = "$argon2id$v=19$\(cost)$\(String(repeating: "A", count: 22))$\(String(repeating: "A", count: 43))"
        pool.start()
    }

    /// Ends the threads; calls after that throw `ANBError.Code.unavailable`.
    public func shutdown() async throws { try await pool.shutdownGracefully() }

    /// - Throws: `ANBError.Code.overloaded` when too many calls wait.
    public func hash(_ password: String) async throws -> String {
        let salt = ids.randomBytes(Self.saltBytes)
        return try await admit { [parameters] in try Self.compute(password, salt: salt, parameters: parameters) }
    }

    /// - Throws: `ANBError.Code.overloaded` when too many calls wait, `ANBError.Code.corrupted` for a text that is
    ///   no Argon2id hash.
    public func verify(_ password: String, against hash: String?) async throws -> Bool {
        let target = hash ?? decoy
        let matches = try await admit { try Self.check(password, against: target) }
        return matches && hash != nil
    }

    public func needsRehash(_ hash: String) -> Bool {
        Argon2Parameters(encodedHash: hash)?.isWeaker(than: parameters) ?? true
    }

    // MARK: - Threads

    private func admit<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        let entered = admitted.withLock { admitted in
            guard admitted < threads + waitingMax else { return false }
            admitted += 1
            return true
        }
        guard entered else {
            throw ANBError(
                .overloaded, "Too many people are signing in at the moment. Please try again in a few seconds.",
                operatorMessage: "\(threads + waitingMax) password hashes are under way",
                recovery: .retryLater(after: .seconds(2)))
        }
        defer { admitted.withLock { $0 -= 1 } }
        do {
            return try await pool.runIfActive {
                Self.yieldToOthers()
                return try work()
            }
        } catch is CancellationError where !Task.isCancelled {
            throw ANBError.unavailable("the hashing threads are shut down")
        }
    }

    /// A hash takes a whole core for tens of milliseconds. On Linux a niceness is the thread's own, so whatever else the
    /// server does goes first.
    private static func yieldToOthers() {
        #if os(Linux)
            _ = setpriority(Int32(PRIO_PROCESS.rawValue), 0, niceness)
        #endif
    }

    // MARK: - libargon2

    private static func compute(_ password: String, salt: [UInt8], parameters: Argon2Parameters) throws -> String {
        let length = argon2_encodedlen(
            parameters.passes, parameters.memoryKiB, parameters.lanes, UInt32(saltBytes), UInt32(hashBytes), Argon2_id)
        var encoded = [CChar](repeating: 0, count: length)
        var password = password
        let status = password.withUTF8 { bytes in
            argon2id_hash_encoded(
                parameters.passes, parameters.memoryKiB, parameters.lanes, bytes.baseAddress, bytes.count, salt,
                salt.count, hashBytes, &encoded, length)
        }
        guard status == ARGON2_OK.rawValue else { throw failed(status) }
        return String(decoding: encoded.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func check(_ password: String, against hash: String) throws -> Bool {
        var password = password
        let status = password.withUTF8 { argon2id_verify(hash, $0.baseAddress, $0.count) }
        switch status {
        case ARGON2_OK.rawValue: return true
        case ARGON2_VERIFY_MISMATCH.rawValue: return false
        default: throw failed(status)
        }
    }

    private static func failed(_ status: Int32) -> ANBError {
        let reason = argon2_error_message(status).map { String(cString: $0) } ?? "unknown"
        var error = ANBError.internal("Argon2 failed with \(status): \(reason)")
        if status == ARGON2_DECODING_FAIL.rawValue || status == ARGON2_INCORRECT_TYPE.rawValue { error.code = .corrupted }
        return error
    }
}
