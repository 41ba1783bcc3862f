public import ANBCore

/// A database on a PostgreSQL server, version 12 or later, for any number of processes.
///
/// When `withTransaction` returns, the server has the transaction on its disk, unless its operator turned
/// `synchronous_commit` off. Bodies run on threads of the database's own; cancelling the calling task does not
/// interrupt them. A connection that breaks is replaced; a transaction that had not been asked to commit then runs
/// again. When the answer to its commit is lost, it throws `ANBError.Code.unavailable`: it may have happened.
///
/// A proxy in between must pool sessions, not transactions, because statements are prepared.
public final class PostgresDatabase: OpenDatabase {
    /// Two processes that bring the schema up to date take turns; the number is arbitrary, and ours.
    private static let migrationLock = 4_701_234_905

    private let pool: PostgresPool
    private let clock: any WallClock
    private let settings: PostgresSettings

    private init(pool: PostgresPool, settings: PostgresSettings, clock: any WallClock) {
        self.pool = pool
        self.settings = settings
        self.clock = clock
    }

    deinit { pool.shutDown() }

    /// Connects once, so that a wrong setting shows at the start.
    /// - Parameters:
    ///   - url: `postgres://user:password@host:port/database?sslmode=…`; every option of libpq works.
    ///   - settings: Connections and waits.
    ///   - clock: Dates the steps of the schema.
    ///   - ids: Chance, for the pauses after collisions.
    /// - Throws: `ANBError.Code.misconfigured` when the URL, the host's name, the password or the database's name is
    ///   wrong; `ANBError.Code.unavailable` when the server does not answer.
    public static func open(
        url: String, settings: PostgresSettings = PostgresSettings(), clock: any WallClock = SystemClock(),
        ids: any IDGenerator = SystemIDs()
    ) async throws -> PostgresDatabase {
        let pool = PostgresPool(try PostgresAddress(url: url), settings, ids: ids)
        let database = PostgresDatabase(pool: pool, settings: settings, clock: clock)
        do {
            try await pool.run { _ = try $0.connect() }
        } catch let error as ANBError {
            throw error.asWrongSetting ?? error
        }
        return database
    }

    /// Closes every connection, after what runs on it. Later calls throw `ANBError.Code.unavailable`.
    public func close() async { await pool.close() }

    public func read<Value: Sendable>(
        _ body: @escaping @Sendable (any ReadScope) throws -> Value
    ) async throws -> Value {
        try await run(.read, body)
    }

    public func withTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value {
        try await run(.write, body)
    }

    public func migrate() async throws { try await migrate(with: Migrator()) }

    public func checkSchema() async throws {
        try await run(.read) { scope in
            let table = "SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass('schema_migrations')"
            guard try scope.count(table) > 0 else { throw Migrator.isBehind(nil) }
            try Migrator().check(scope)
        }
    }

    /// How many transactions wait for a connection now.
    var waitingCount: Int { pool.waitingCount }

    /// Whether it can be read and written.
    public func check() async throws {
        try await pool.run { session in
            try session.run(.write) { _ = try $0.count("SELECT COUNT(*) FROM schema_migrations") }
            try session.checkWritable()
        }
    }

    func migrate(with migrator: Migrator) async throws {
        let (now, milliseconds) = (clock.now, Int(settings.migrationSecondsMax * 1000))
        try await run(.migration) { scope in
            for limit in ["statement_timeout", "lock_timeout"] {
                _ = try scope.execute("SET LOCAL \(limit) = \(milliseconds)")
            }
            _ = try scope.execute("SELECT pg_advisory_xact_lock(\(Self.migrationLock))")
            try migrator.run(on: scope, now: now)
        }
    }

    func run<Value: Sendable>(
        _ kind: PostgresTransaction.Kind, _ body: @escaping @Sendable (SQLScope) throws -> Value
    ) async throws -> Value {
        try await pool.run { try $0.run(kind, body) }
    }
}

extension ANBError {
    /// What libpq and the server say when waiting cannot help. They give no code for a connection that failed; in
    /// another language they are not recognised, and the error stays one that may pass.
    private static let wrongSettings = [
        "password authentication failed", "no password supplied", "could not translate host name", "no pg_hba.conf entry",
        "does not exist", "does not support SSL", "certificate", "invalid sslmode", "is not permitted to log in",
        "encoding",
    ]

    /// The same, as an error of the settings, when it is one.
    fileprivate var asWrongSetting: ANBError? {
        guard Self.wrongSettings.contains(where: operatorMessage.contains) else { return nil }
        return ANBError(
            .misconfigured, "The service is not set up correctly.",
            operatorMessage: "DATABASE_URL: \(operatorMessage)", cause: cause)
    }
}
