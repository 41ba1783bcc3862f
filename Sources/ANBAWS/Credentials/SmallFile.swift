import ANBCore
import Foundation
import NIOPosix

/// A token or a settings file, read off the cooperative pool.
enum SmallFile {
    /// - Throws: ``ANBError/Code/misconfigured`` naming the file and who named it.
    static func text(_ path: String, namedBy name: String) async throws -> String {
        guard let text = try await textIfPresent(path) else {
            throw ANBError(.misconfigured, "\(name): the file \(path) cannot be read.")
        }
        return text
    }

    static func textIfPresent(_ path: String) async throws -> String? {
        try await NIOThreadPool.singleton.runIfActive { try? String(contentsOfFile: path, encoding: .utf8) }
    }
}
