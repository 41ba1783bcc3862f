import ANBTesting
import Foundation
import Testing

/// The commands for roles and for the audit log, beside a running server.
@Suite(.timeLimit(.minutes(3))) struct RolesAndAuditTests {
    @Test func aRoleIsGrantedWhileTheServerRunsAndTheLogTellsOfIt() async throws {
        try await StartErrorsProgram.inFolder { program in
            let server = try ServerProcess(folder: program.folder)
            defer { server.kill() }
            try await server.start()
            var player = ContestClient(baseURL: server.baseURL)
            try await player.signUp("ana")
            let (client, email) = (player, "ana@example.com")
            func answers(_ status: UInt) async -> Bool {
                (try? await client.send("GET", "/api/moderation/videos", expecting: status)) != nil
            }
            #expect(await answers(403))

            let granted = try await program.run(
                ["anb-api", "user", "grant", email, "moderator", "--reason", "on duty"])
            #expect(granted.code == 0 && granted.standardOutput.contains("player, moderator"), "\(granted)")
            try await until { await answers(200) }
            let listed = try await program.run(["anb-api", "user", "list", "--role", "moderator"])
            #expect(listed.standardOutput.contains(email))
            _ = try await program.run(["anb-api", "user", "revoke", email, "moderator"])
            try await until { await answers(403) }

            #expect(try await program.run(["anb-api", "user", "grant", "nobody@example.com", "jury"]).code == 66)
            #expect(try await program.run(["anb-api", "user", "grant", email, "king"]).code == 64)
            #expect(try await program.run(["anb-api", "user", "revoke", email, "player"]).code == 64)

            let log = try await program.run(["anb-api", "audit", "list"])
            for word in ["role_granted", "on duty", "role_revoked", "sign_in"] { #expect(log.standardOutput.contains(word)) }
            #expect(!log.standardOutput.contains("@"))
            let verified = try await program.run(["anb-api", "audit", "verify"])
            #expect(verified.code == 0 && verified.standardOutput.hasPrefix("intact"), "\(verified)")

            let tamper =
                "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); "
                + "c.execute(\"update audit_log set reason='' where action='role_granted'\"); c.commit()"
            let database = program.folder.appendingPathComponent("anb.sqlite").path
            #expect(try await Command.run(["/usr/bin/env", "python3", "-c", tamper, database]).code == 0)
            let found = try await program.run(["anb-api", "audit", "verify"])
            #expect(found.code == 1 && found.standardOutput.contains("it was changed"), "\(found)")
        }
    }

    private func until(_ condition: () async -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while await !condition() {
            try expect(ContinuousClock.now < deadline, "not within 20 s")
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
