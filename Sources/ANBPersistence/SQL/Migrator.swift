import ANBCore

/// Brings a schema up to date within the caller's transaction.
struct Migrator {
    var migrations: [Migration] = Migration.all

    private struct Applied {
        var version: Int
        var name: String
        var checksum: String
    }

    /// - Throws: ``ANBError/Code/misconfigured`` when the schema is newer than the program or was made by another one.
    func run(on scope: SQLScope, now: Timestamp) throws {
        _ = try scope.execute(Self.createTable)
        let applied = try applied(scope)
        try check(applied)
        for migration in migrations.dropFirst(applied.count) {
            for statement in migration.statements { _ = try scope.execute(statement) }
            let note = "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)"
            _ = try scope.execute(note, [migration.version, migration.name, migration.checksum, now])
        }
    }

    /// - Throws: ``ANBError/Code/misconfigured`` when the schema is not exactly this program's.
    func check(_ scope: SQLScope) throws {
        let applied = try applied(scope)
        try check(applied)
        if applied.count < migrations.count { throw Self.isBehind(applied.last?.version) }
    }

    /// - Parameter version: `nil` when there is no schema at all.
    static func isBehind(_ version: Int?) -> ANBError {
        let found = version.map { "an old schema (version \($0))" } ?? "no schema"
        return refusal("the database has \(found); run anb-api migrate")
    }

    private func applied(_ scope: SQLScope) throws -> [Applied] {
        try scope.all("SELECT version, name, checksum FROM schema_migrations ORDER BY version") {
            Applied(version: try $0.int(), name: try $0.text(), checksum: try $0.text())
        }
    }

    private func check(_ applied: [Applied]) throws {
        let known = migrations.last?.version ?? 0
        if let newest = applied.last?.version, newest > known {
            throw Self.refusal(
                "the database has schema version \(newest), this program knows versions up to \(known);"
                    + " start a newer program")
        }
        for (row, migration) in zip(applied, migrations)
        where (row.version, row.checksum) != (migration.version, migration.checksum) {
            throw Self.refusal(
                "schema version \(row.version) (\(row.name)) was applied with checksum \(row.checksum), "
                    + "this program has version \(migration.version) with \(migration.checksum)")
        }
    }

    private static func refusal(_ message: String) -> ANBError {
        ANBError(.misconfigured, "The service is not set up correctly.", operatorMessage: message)
    }

    private static let createTable = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)
        """
}
