import ANBTesting
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import PostgresTestServer
import Testing

/// The executables on PostgreSQL: settings, schema, an outage.
@Suite struct PostgresServerTests {
    @Test(.timeLimit(.minutes(3)))
    func servesOnPostgreSQLAndSurvivesItsRestart() async throws {
        let postgres = try await PostgresTestServer.start()
        try await withServer(["DATABASE_URL": postgres.url(), "MIGRATE_AT_START": "false"]) { server in
            #expect(try server.run("anb-api", ["serve"]) == 78)
            #expect(server.log.contains("the database has no schema; run anb-api migrate"))

            let codes = try await withThrowingTaskGroup(of: Int32.self) { group in
                for _ in 0..<4 { group.addTask { try await Self.migrate(postgres.url()) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(codes == [0, 0, 0, 0])

            try await server.start()
            var client = ContestClient(baseURL: server.baseURL)
            try await client.signUp("ana")
            #expect(try await readiness(server) == "ok")

            try await postgres.crash()
            #expect(try await readiness(server) == "unavailable")
            #expect(try await status(server, "/health") == 200)
            try await postgres.startAgain()
            #expect(try await readiness(server) == "ok")
            try await client.signUp("eva")
            #expect(server.terminate() == 0)
        }
        try await postgres.crash()
    }

    /// One line, no password, and a code that tells a wrong setting from a server that is away.
    @Test(.timeLimit(.minutes(1)))
    func aDatabaseThatCannotBeUsedStopsTheStart() async throws {
        let postgres = try await PostgresTestServer.shared
        for (url, code, words) in [
            (postgres.url(password: "wrong-secret"), 78, "password authentication failed"),
            (postgres.url(database: "nowhere"), 78, "does not exist"),
            ("postgres://anb:wrong-secret@no-such-host.invalid/anb", 78, "could not translate host name"),
            ("postgres://anb:wrong-secret@127.0.0.1:1/anb", 75, "Connection refused"),
            ("mysql://anb:wrong-secret@127.0.0.1/anb", 78, "DATABASE_URL"),
        ] as [(String, Int32, String)] {
            try await withServer(["DATABASE_URL": url]) { server in
                #expect(try server.run("anb-api", ["serve"]) == code)
                let lines = server.log.split(separator: "\n")
                #expect(lines.count == 1, "\(lines)")
                #expect(server.log.contains(words), "\(lines)")
                #expect(!server.log.contains("wrong-secret"))
            }
        }
    }

    private func withServer(_ settings: [String: String], _ body: (ServerProcess) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-e2e-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let server = try ServerProcess(folder: folder, settings: settings)
        defer { server.kill() }
        try await body(server)
    }

    private static func migrate(_ url: String) async throws -> Int32 {
        try await withCheckedThrowingContinuation { continuation in
            let process = Process()
            process.arguments = ["migrate"]
            process.environment = ["DATABASE_URL": url]
            process.standardOutput = FileHandle.nullDevice
            process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
            do {
                process.executableURL = URL(fileURLWithPath: try BuiltProducts.path(of: "anb-api"))
                try process.run()
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }

    private func status(_ server: ServerProcess, _ path: String) async throws -> Int {
        let request = HTTPClientRequest(url: server.baseURL + path)
        return Int(try await HTTPClient.shared.execute(request, timeout: .seconds(10)).status.code)
    }

    /// What `/ready` says of the database.
    private func readiness(_ server: ServerProcess) async throws -> String? {
        let request = HTTPClientRequest(url: server.baseURL + "/ready")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let body = Data(buffer: try await response.body.collect(upTo: 65536))
        return try JSONDecoder().decode([String: String].self, from: body)["database"]
    }
}
