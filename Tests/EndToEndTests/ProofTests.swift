import ANBTesting
import Foundation
import Testing

/// Short forms of parts of `make soak` that are programs of their own.
@Suite struct ProofTests {
    /// What was acknowledged before, while and after the database went away is there.
    @Test(.timeLimit(.minutes(3))) func restartsOfTheDatabaseLoseNothing() async throws {
        let output = try await run("restart-proof.py", ["--restarts", "3", "--seconds", "2"])
        for line in ["sign-ups lost", "votes lost", "uploads lost", "answers 500"] { #expect(output.contains("| \(line) | 0 |")) }
    }

    /// Each attack for some seconds, too few for slow ones to come to their end. How long others wait is judged with release
    /// binaries only; here nobody may fail, and memory and descriptors have their bounds.
    @Test(.timeLimit(.minutes(4))) func abuseIsNotNoticedByOthers() async throws {
        let output = try await run("abuse-proof.py", ["--seconds", "5", "--ratio", "0"])
        #expect(output.contains("| 10,000 event streams |") && output.contains("| 5,000 idle |"))
    }

    private func run(_ script: String, _ arguments: [String]) async throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
        let binaries = URL(filePath: try BuiltProducts.path(of: "anb-api")).deletingLastPathComponent()
        let ending = try await Command.run(
            ["/usr/bin/env", "python3", root.appending(path: "Scripts/\(script)").path, "--binaries", binaries.path] + arguments)
        print(ending.standardOutput)
        #expect(ending.code == 0, "\(ending.standardOutput.suffix(6000))\(ending.standardError.suffix(3000))")
        return ending.standardOutput
    }
}
