import ANBTesting
import Foundation
import Testing

/// The short form of the votes' part of `make soak`: every vote five times over 200 connections, the API killed meanwhile.
@Suite struct VoteProofTests {
    @Test(.timeLimit(.minutes(3))) func everyAcknowledgedVoteIsThereOnce() async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
        let binaries = URL(filePath: try BuiltProducts.path(of: "anb-api")).deletingLastPathComponent()
        let ending = try await Command.run([
            "/usr/bin/env", "python3", root.appending(path: "Scripts/vote-proof.py").path, "--votes", "1000", "--kills", "3",
            "--binaries", binaries.path,
        ])
        print(ending.standardOutput)
        #expect(ending.code == 0, "\(ending.standardOutput.suffix(6000))\(ending.standardError.suffix(3000))")
        #expect(ending.standardOutput.contains("1000 pairs, 5000 requests"))
        #expect(ending.standardOutput.contains("saw 3 of 3"))
    }
}
