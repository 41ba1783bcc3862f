import ANBCore
import Foundation

/// Runs the body with a folder that is removed afterwards.
/// - Parameter parent: `/dev/shm` gives another file system than the default.
func withTemporaryFolder<Value>(
    in parent: String = FileManager.default.temporaryDirectory.path, _ body: (String) async throws -> Value
) async throws -> Value {
    let path = "\(parent)/anb-tests-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}

extension LocalURLSigner {
    static func forTests() throws -> LocalURLSigner { try LocalURLSigner(secret: Data("sixteen bytes or more".utf8)) }
}
