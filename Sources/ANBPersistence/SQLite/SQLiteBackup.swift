import ANBCore
import Foundation
import GRDB
import Glibc

extension SQLiteDatabase {
    /// Copies everything, as of one moment, into one new file, while others go on reading and writing. The file gets its
    /// name when it is whole and on the disk, and only its owner may read it.
    /// - Throws: `ANBError.Code.preconditionFailed` when there is a file of that name.
    public func backUp(to path: String) async throws {
        try await Self.offTheCooperativePool { [pool] in
            try Self.putInPlace(path) { draft in
                try SQLiteFailure.translating {
                    let copy = try DatabaseQueue(path: draft)
                    try pool.backup(to: copy)
                    // One file, without the two that a database in use has beside it.
                    try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = DELETE") }
                    try copy.close()
                }
            }
        }
    }

    /// Puts a backup where there is no database yet.
    /// - Throws: `ANBError.Code.preconditionFailed` when there is one, `ANBError.Code.notFound` without a backup,
    ///   `ANBError.Code.corrupted` when the backup is damaged or is none.
    public static func restore(_ backup: String, to path: String) async throws {
        try await offTheCooperativePool {
            guard FileManager.default.fileExists(atPath: backup) else {
                throw ANBError(.notFound, "There is no file \(backup).")
            }
            try checkIntegrity(of: backup)
            for suffix in ["-wal", "-shm"] where FileManager.default.fileExists(atPath: path + suffix) {
                throw occupied(path + suffix)
            }
            let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try putInPlace(path) { try FileManager.default.copyItem(atPath: backup, toPath: $0) }
        }
    }

    /// - Throws: `ANBError.Code.corrupted` with what SQLite says.
    private static func checkIntegrity(of path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        var problems: [String]
        do {
            let file = try DatabaseQueue(path: path, configuration: configuration)
            problems = try file.read { database in
                guard try database.tableExists("schema_migrations") else { return ["it holds no contest"] }
                return try String.fetchAll(database, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
            }
            try file.close()
        } catch let error as DatabaseError {
            problems = [error.message ?? "result code \(error.resultCode.rawValue)"]
        }
        guard problems.isEmpty else {
            throw ANBError(
                .corrupted, "The backup cannot be used.",
                operatorMessage: "\(path) cannot be used: \(problems.prefix(3).joined(separator: "; "))")
        }
    }

    /// A file that is there whole or not at all, and never in another's place.
    private static func putInPlace(_ path: String, _ fill: (String) throws -> Void) throws {
        if FileManager.default.fileExists(atPath: path) { throw occupied(path) }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw unwritable(path, FileManager.default.fileExists(atPath: folder) ? EACCES : ENOENT)
        }
        let draft = "\(path).\(getpid()).part"
        defer { try? FileManager.default.removeItem(atPath: draft) }
        do {
            try fill(draft)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: draft)
            try sync(draft, O_RDONLY)
            // Not a rename: that would replace what came meanwhile.
            if Glibc.link(draft, path) != 0 { throw errno == EEXIST ? occupied(path) : unwritable(path, errno) }
            try sync(folder, O_RDONLY | O_DIRECTORY)
        } catch let error as CocoaError {
            throw ANBError(
                .misconfigured, "The file cannot be written.",
                operatorMessage: "\(path) cannot be written: \(error.localizedDescription)", cause: error)
        }
    }

    private static func sync(_ path: String, _ flags: Int32) throws {
        let descriptor = Glibc.open(path, flags)
        guard descriptor >= 0 else { throw unwritable(path, errno) }
        defer { Glibc.close(descriptor) }
        if fsync(descriptor) != 0 { throw unwritable(path, errno) }
    }

    private static func occupied(_ path: String) -> ANBError {
        ANBError(
            .preconditionFailed, "There already is a file of that name.",
            operatorMessage: "\(path) is there already; move it away, or name another file")
    }

    private static func unwritable(_ path: String, _ code: Int32) -> ANBError {
        ANBError(
            .misconfigured, "The file cannot be written.",
            operatorMessage: "\(path) cannot be written: \(String(cString: strerror(code)))")
    }
}
