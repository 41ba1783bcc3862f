import ANBTesting
import Foundation
import Testing

/// The short form of `make soak`: several API replicas and workers on real servers, everything that can break breaks,
/// and a checker that is put to the proof itself compares what clients were promised with rows and objects.
@Suite(.serialized) struct ChaosTests {
    @Test(.timeLimit(.minutes(5)), arguments: ["redis", "sqs"])
    func nothingIsLostAndNothingIsDoubled(_ mix: String) async throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardizedFileURL
        let binaries = URL(filePath: try BuiltProducts.path(of: "anb-chaos-worker")).deletingLastPathComponent()
        let ending = try await Command.run([
            "/usr/bin/env", "python3", root.appending(path: "Scripts/chaos/chaos.py").path, "--short", "--mix", mix,
            "--binaries", binaries.path,
        ])
        print(ending.standardOutput)
        #expect(ending.code == 0, "\(ending.standardOutput.suffix(6000))\(ending.standardError.suffix(3000))")
        #expect(ending.standardOutput.contains("| uploads lost "), "the table was printed")
    }
}
