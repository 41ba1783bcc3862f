import ANBTesting
import Foundation
import Testing

/// What the health check of a container runs.
@Suite(.timeLimit(.minutes(2))) struct HealthCommandTests {
    @Test func aServerThatAnswersAndOneThatDoesNot() async throws {
        try await StartErrorsProgram.inFolder { program in
            let server = try ServerProcess(folder: program.folder)
            let settings = ["PORT": "\(server.port)", "HOST": "0.0.0.0"]
            let before = try await program.run(["anb-api", "health"], settings)
            #expect(before.code == 75)
            #expect(before.standardError.contains("http://127.0.0.1:\(server.port)/health does not answer"))
            try await server.start()
            let alive = try await program.run(["anb-api", "health"], settings)
            #expect(alive.code == 0, "\(alive)")
            #expect(alive.standardError.isEmpty)
            #expect(server.terminate() == 0)
        }
    }
}
