import ANBTesting
import Foundation
import PostgresTestServer
import Testing

/// Backup of a running server, restore elsewhere, and the drill that looks whether all is there.
@Suite(.timeLimit(.minutes(4))) struct RestoreDrillTests {
    @Test func aBackupOfARunningServerIsWholeUntilSomethingIsTakenAway() async throws {
        try await StartErrorsProgram.inFolder { program in
            let server = try ServerProcess(folder: program.folder)
            defer { server.kill() }
            try await server.start()
            var client = ContestClient(baseURL: server.baseURL)
            try await client.signUp("ana")
            let accepted = try await client.upload(CrashTests.clip(), title: "Gol", idempotencyKey: "k")
            let deadline = ContinuousClock.now + .seconds(90)
            while try await client.videos().first?.status != "processed" {
                try expect(ContinuousClock.now < deadline, "not processed within 90 s")
                try await Task.sleep(for: .milliseconds(200))
            }
            let file = program.folder.appendingPathComponent("copy.backup").path
            let made = try await program.run(["anb-api", "backup", file])
            #expect(made.code == 0, "\(made)")
            #expect(try await program.run(["anb-api", "backup", file]).code == 73)
            for words in [["restore-drill"], ["restore-drill", "--backup", file]] {
                let drill = try await program.run(["anb-api"] + words)
                #expect(drill.code == 0 && drill.standardOutput.hasPrefix("whole: videos 1, objects 5"), "\(drill)")
            }
            // A running server's database is not replaced; elsewhere a server starts from the backup.
            #expect(try await program.run(["anb-api", "restore", file]).code == 73)
            let elsewhere = ["DATABASE_URL": "sqlite:///\(program.folder.path)/elsewhere/anb.sqlite"]
            #expect(try await program.run(["anb-api", "restore", file], elsewhere).code == 0)
            #expect(try await program.run(["anb-api", "votes", "recount"], elsewhere).code == 0)
            let clip = program.folder.appendingPathComponent("no.backup")
            try CrashTests.clip().write(to: clip)
            let refused = try await program.run(["anb-api", "restore-drill", "--backup", clip.path])
            #expect(refused.code == 65 && refused.standardError.contains("no.backup cannot be used"), "\(refused)")

            let tamper =
                "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('update videos set votes = 7'); c.commit()"
            #expect(try await Command.run(["/usr/bin/env", "python3", "-c", tamper, file]).code == 0)
            let counted = try await program.run(["anb-api", "restore-drill", "--backup", file])
            #expect(counted.code == 1 && counted.standardOutput.contains("recount: video:\(accepted.video_id): board 7, votes 0"))

            let objects = program.folder.appendingPathComponent("objects")
            let files = FileManager.default.enumerator(at: objects, includingPropertiesForKeys: nil)?.allObjects as? [URL] ?? []
            let rendition = try #require(files.first { $0.lastPathComponent == "480p.mp4" })
            try Data("short".utf8).write(to: rendition)
            try FileManager.default.removeItem(at: try #require(files.first { $0.lastPathComponent == "poster.jpg" }))
            let drill = try await program.run(["anb-api", "restore-drill"])
            #expect(drill.code == 1, "\(drill)")
            for word in ["missing: processed/", "poster.jpg", "wrong size: processed/", "480p.mp4"] {
                #expect(drill.standardOutput.contains(word), "\(drill)")
            }
        }
    }

    @Test func postgresIsToldToUseItsOwnTools() async throws {
        try await StartErrorsProgram.inFolder { program in
            let settings = ["DATABASE_URL": "postgres://nobody@127.0.0.1:1/none"]
            for words in [["backup", "x"], ["restore", "x"], ["restore-drill"]] {
                let ending = try await program.run(["anb-api"] + words, settings)
                #expect(ending.code == 78 && ending.standardError.contains("PostgreSQL"), "\(ending)")
            }
        }
    }
}
