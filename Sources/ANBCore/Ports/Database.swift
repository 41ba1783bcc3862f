/// Where everything that is not bytes of a video lives.
///
/// Rules that the conformance suite checks on every backend:
/// - A transaction is all or nothing, serialisable, and durable when `withTransaction` returns.
/// - Serialisable covers rows read by their key, whether they exist or not, and the conditions within one statement.
///   A list or a count read within a transaction may be outdated when the transaction writes; a rule that depends on one
///   needs a unique column behind it.
/// - The body may run again after a serialisation failure, so it has no effect outside its scope. It is synchronous
///   on purpose: nothing can be awaited while a transaction is open.
/// - An error thrown by the body rolls back and reaches the caller unchanged.
/// - A transaction is short and runs to its end: cancelling the calling task does not interrupt it. So a worker that
///   is being stopped can still give its job back.
/// - A row that would refer to an account or session that does not exist is refused.
public protocol Database: Sendable {
    /// Runs reads on one consistent snapshot.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any ReadScope) throws -> Value) async throws -> Value

    /// Runs reads and writes as one transaction.
    func withTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value

    /// Brings the schema up to date; does nothing when it is.
    /// - Throws: ``ANBError/Code/misconfigured`` when the schema is newer than this program.
    func migrate() async throws

    /// Whether the database answers; for readiness.
    func check() async throws
}

/// What may be read in one snapshot.
public protocol ReadScope:
    UserReads, SessionReads, VideoReads, UploadReads, UploadSessionReads, VoteReads, KeptRequestReads, LedgerReads, AuditReads,
    WebhookReads
{
    /// When the database was made; `nil` for one that ends with its process. A restored one is as old as its original.
    func madeAt() throws -> Timestamp?
}

extension ReadScope {
    /// A database in memory.
    public func madeAt() throws -> Timestamp? { nil }
}

/// What may be done in one transaction.
public protocol TransactionScope:
    ReadScope, UserWrites, SessionWrites, VideoWrites, UploadWrites, UploadSessionWrites, VoteWrites, KeptRequestWrites,
    Ledger, AuditWrites, WebhookWrites
{}
