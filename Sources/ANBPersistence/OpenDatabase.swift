public import ANBCore

/// A database that was opened and has to be closed.
public protocol OpenDatabase: Database {
    /// Whether the schema is this program's, without changing it.
    /// - Throws: `ANBError.Code.misconfigured` when it is older, newer, or made by another program.
    func checkSchema() async throws

    /// Lets go of files and connections. Later calls throw `ANBError.Code.unavailable`.
    func close() async throws
}
