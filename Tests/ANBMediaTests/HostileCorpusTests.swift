import ANBTesting
import Foundation
import Testing

/// A part of the hostile corpus through the worker's own program, watched from outside: what it decides and why, how long
/// it takes, how much memory, whom it calls, what it opens. `make soak-media` takes all of it.
@Suite(.oneOfFew) struct HostileCorpusTests {
    @Test func shortCorpusDoesNothing() async throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let script = sources.appending(path: "Scripts/run-hostile.py").path
        let run = try await Command.run([
            "/usr/bin/env", "python3", script, "--short", "--worker", try BuiltProducts.path(of: "anb-worker"),
        ])
        #expect(run.code == 0, "\(run.standardOutput)\n\(run.standardError)")
        #expect(run.standardOutput.contains("0 died;"), "\(run.standardOutput)")
    }
}
