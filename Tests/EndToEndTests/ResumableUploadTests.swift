import ANBTesting
import Foundation
import Testing

/// The short form of `make soak-uploads`: a clip through two replicas, with its connections cut and a replica killed, and
/// one by tuspy. What is checked is in `Scripts/uploads/prove.py`.
@Suite(.serialized) struct ResumableUploadTests {
    @Test(.timeLimit(.minutes(3)), arguments: ["filesystem", "s3"])
    func anUploadSurvivesCutsAndKills(_ store: String) async throws {
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Scripts/uploads/prove.py").standardizedFileURL.path
        let binaries = URL(filePath: try BuiltProducts.path(of: "anb-api")).deletingLastPathComponent().path
        let ending = try await Command.run([
            "/usr/bin/env", "python3", script, "--binaries", binaries, "--store", store, "--cuts", "10", "--megabytes", "20",
            "--kills", "1",
        ])
        print(ending.standardOutput)
        #expect(ending.code == 0, "\(ending.standardOutput.suffix(6000))\(ending.standardError.suffix(3000))")
        #expect(ending.standardOutput.contains("| same SHA-256 | True |"), "the table was printed")
    }
}
