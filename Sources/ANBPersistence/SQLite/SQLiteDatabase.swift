public import ANBCore
import Dispatch
import Foundation
import GRDB
import Glibc

/// A database in one file on a local disk, for one machine. Several processes may share it.
///
/// When `withTransaction` returns, the transaction survives a crash of the process and of the machine. Reads and
/// writes run on queues of the database's own; cancelling the calling task does not interrupt them.
public final class SQLiteDatabase: OpenDatabase {
    /// How long a write waits for another process before it gives up.
    public static let busySecondsMax = 5.0

    let pool: DatabasePool
    private let clock: any WallClock

    private init(pool: DatabasePool, clock: any WallClock) {
        self.pool = pool
        self.clock = clock
    }

    /// Opens the file; it and its folder are made when absent.
    /// - Parameters:
    ///   - path: Of a file on a local disk; SQLite puts two more files beside it.
    ///   - clock: Dates the steps of the schema.
    /// - Throws: `ANBError.Code.misconfigured` when the file cannot be opened.
    public static func open(path: String, clock: any WallClock = SystemClock()) async throws -> SQLiteDatabase {
        try await open(path: path, clock: clock, busySecondsMax: busySecondsMax)
    }

    static func open(path: String, clock: any WallClock, busySecondsMax: Double) async throws -> SQLiteDatabase {
        let pool = try await offTheCooperativePool { try makePool(path: path, busySecondsMax: busySecondsMax) }
        return SQLiteDatabase(pool: pool, clock: clock)
    }

    /// Closes the file, which then holds everything unless another process has it open. Later calls throw
    /// `ANBError.Code.unavailable`.
    public func close() async throws {
        try await Self.offTheCooperativePool { [pool] in
            // SQLite empties its log when the last connection closes, if that one may write: the pool closes its readers last.
            pool.invalidateReadOnlyConnections()
            try SQLiteFailure.translating { try pool.close() }
        }
    }

    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any ReadScope) throws -> Value
    ) async throws -> Value {
        try await inSnapshot(body)
    }

    public func withTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value {
        try await inTransaction(body)
    }

    public func migrate() async throws { try await migrate(with: Migrator()) }

    public func checkSchema() async throws {
        try await inSnapshot { scope in
            let table = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'schema_migrations'"
            guard try scope.count(table) > 0 else { throw Migrator.isBehind(nil) }
            try Migrator().check(scope)
        }
    }

    public func check() async throws {
        _ = try await inSnapshot { try $0.count("SELECT COUNT(*) FROM schema_migrations") }
    }

    func migrate(with migrator: Migrator) async throws {
        let now = clock.now
        try await inTransaction { try migrator.run(on: $0, now: now) }
    }

    func inSnapshot<Value: Sendable>(
        _ body: @escaping @Sendable (SQLScope) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            pool.asyncRead { access in
                continuation.resume(
                    with: Result {
                        let database = try SQLiteFailure.translating { try access.get() }
                        return try body(SQLScope(connection: SQLiteConnection(database: database)))
                    })
            }
        }
    }

    /// Takes the write lock at the start, so that nothing read here can be stale when it is written.
    func inTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (SQLScope) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            pool.asyncWriteWithoutTransaction { database in
                continuation.resume(with: Result { try Self.run(body, on: database) })
            }
        }
    }

    /// The body's own error is kept apart from the errors of begin and commit, and is not translated.
    private static func run<Value>(_ body: (SQLScope) throws -> Value, on database: GRDB.Database) throws -> Value {
        var outcome: Result<Value, any Error>?
        try SQLiteFailure.translating {
            try database.inTransaction(.immediate) {
                let result = Result { try body(SQLScope(connection: SQLiteConnection(database: database))) }
                outcome = result
                if case .success = result { return .commit }
                return .rollback
            }
        }
        guard let outcome else { throw ANBError.internal("SQLite: a transaction did not run") }
        return try outcome.get()
    }
}

// MARK: - Opening

extension SQLiteDatabase {
    private static func makePool(path: String, busySecondsMax: Double) throws -> DatabasePool {
        var configuration = Configuration()
        configuration.label = "anb.sqlite"
        configuration.busyMode = .timeout(busySecondsMax)
        configuration.foreignKeysEnabled = true
        do {
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            // Password hashes are in there: what is made here is for its owner only, and so is what SQLite puts beside it.
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            let made = Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
            if made >= 0 { Glibc.close(made) }
            let pool = try DatabasePool(path: path, configuration: configuration)
            // The pool sets NORMAL when it switches to WAL; a commit must be on the disk before it is answered.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            return pool
        } catch let error as DatabaseError where [.SQLITE_FULL, .SQLITE_IOERR].contains(error.resultCode) {
            throw SQLiteFailure.translate(error)
        } catch {
            throw ANBError(
                .misconfigured, "The service is not set up correctly.",
                operatorMessage: "cannot open the SQLite database \(path): \(reason(error))", cause: error)
        }
    }

    private static func reason(_ error: any Error) -> String {
        guard let error = error as? DatabaseError else { return error.localizedDescription }
        return error.message ?? "result code \(error.resultCode.rawValue)"
    }

    static func offTheCooperativePool<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try work() }) }
        }
    }
}
