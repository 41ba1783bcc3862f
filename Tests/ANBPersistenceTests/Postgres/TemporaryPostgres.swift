import ANBCore
import ANBTesting
import Foundation
import PostgresTestServer
import Synchronization

@testable import ANBPersistence

extension PostgresSettings {
    /// What tests start from: on a busy machine a hundred databases are made at the same time, and only the limit that a test is
    /// about may end a wait.
    static let patient: PostgresSettings = {
        var settings = PostgresSettings()
        settings.connectSecondsMax = 60
        settings.statementSecondsMax = 60
        settings.lockSecondsMax = 60
        settings.silenceSecondsMax = 60
        settings.waitSecondsMax = 60
        return settings
    }()

    static func patient(connectionsMax: Int) -> PostgresSettings {
        var settings = patient
        settings.connectionsMax = connectionsMax
        return settings
    }
}

/// A database of its own, on the shared server, for each test.
struct TemporaryPostgres {
    let server: PostgresTestServer
    let name: String

    func url(options: String = "") -> String { server.url(database: name, options: options) }

    func open(_ settings: PostgresSettings = .patient) async throws -> PostgresDatabase {
        try await PostgresDatabase.open(url: url(), settings: settings, clock: ManualClock())
    }

    /// Runs a statement as an operator would, beside the database under test.
    func administer(_ sql: String) async throws { try await Self.administer(server, database: name, sql) }

    // MARK: - Making

    private static let counter = Atomic(0)
    /// A database whose schema is up to date; copying it is faster than making each anew.
    private static let template = Task {
        let server = try await PostgresTestServer.shared
        try await administer(server, database: "postgres", "CREATE DATABASE template_of_tests")
        let database = try await PostgresDatabase.open(url: server.url(database: "template_of_tests"))
        try await database.migrate()
        await database.close()
        return "template_of_tests"
    }

    /// - Parameter isMigrated: Whether the schema is up to date.
    static func with<Value>(
        isMigrated: Bool = true, _ body: (TemporaryPostgres) async throws -> Value
    ) async throws -> Value {
        let server = try await PostgresTestServer.shared
        let name = "test_\(counter.add(1, ordering: .relaxed).newValue)"
        let template = isMigrated ? try await template.value : "template0"
        try await administer(server, database: "postgres", "CREATE DATABASE \(name) TEMPLATE \(template)")
        do {
            let value = try await body(TemporaryPostgres(server: server, name: name))
            try await administer(server, database: "postgres", "DROP DATABASE \(name) WITH (FORCE)")
            return value
        } catch {
            try await administer(server, database: "postgres", "DROP DATABASE \(name) WITH (FORCE)")
            throw error
        }
    }

    /// An open database whose schema is up to date.
    static func withDatabase<Value>(
        _ settings: PostgresSettings = .patient, _ body: (PostgresDatabase) async throws -> Value
    ) async throws -> Value {
        try await with { temporary in
            let database = try await temporary.open(settings)
            do {
                let value = try await body(database)
                await database.close()
                return value
            } catch {
                await database.close()
                throw error
            }
        }
    }

    static func administer(_ server: PostgresTestServer, database: String, _ sql: String) async throws {
        let pool = PostgresPool(try PostgresAddress(url: server.url(database: database)), .patient, ids: SystemIDs())
        _ = try await pool.run { try $0.connect().command(sql) }
        await pool.close()
    }
}

/// Lets the body of a transaction, which cannot await, wait for another; and a test wait for such a body.
final class Meeting: Sendable {
    private let arrivals = DispatchSemaphore(value: 0)

    func arrive() { arrivals.signal() }

    /// For the body of a transaction, on its own thread.
    func waitHere() throws {
        try expect(arrivals.wait(timeout: .now() + 60) == .success, "nobody came to the meeting")
    }

    /// For a test.
    func wait() async throws {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try self.waitHere() }) }
        }
    }
}

/// A value that several tasks of a test change.
final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }

    @discardableResult
    func change<Answer: Sendable>(_ body: (inout Value) -> Answer) -> Answer { state.withLock { body(&$0) } }
}
