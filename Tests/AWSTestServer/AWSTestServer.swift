package import ANBAWS
import ANBCore
import Foundation
import NIOPosix

/// The local S3 and SQS server of this test process: started on first use, ended with the process. A server that does
/// not start fails whatever test wanted it.
package struct AWSTestServer: Decodable, Sendable {
    package let endpoint: String
    package let region: String
    let accessKeyID: String
    let secretAccessKey: String

    /// Of a user whose signatures the server checks.
    package var credentials: AWSCredentials {
        AWSCredentials(accessKeyID: accessKeyID, secretAccessKey: secretAccessKey)
    }

    /// Connections for tests; they end with the process.
    package static let http = AWSHTTP()

    private static let starting = Task { try await NIOThreadPool.singleton.runIfActive { try start() } }

    package static func shared() async throws -> AWSTestServer { try await starting.value }

    /// Blocks until the server has told its address or has ended.
    private static func start() throws -> AWSTestServer {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Scripts/test-servers/aws.py")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.path]
        let (input, output) = (Pipe(), Pipe())
        // The server ends when this end of the pipe closes, so nobody else may inherit it.
        _ = fcntl(input.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForReading.closeFile()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            guard let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty else {
                throw ANBError.internal("the local AWS server did not start; see its message above")
            }
            line += byte
        }
        lifeline.set(input, output)
        return try JSONDecoder().decode(AWSTestServer.self, from: line)
    }

    private static let lifeline = Lifeline()
}
