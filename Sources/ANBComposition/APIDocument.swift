import ANBCore
import ANBHTTP
import ANBMedia
import ANBPersistence
import ANBStorage
public import Foundation
import Logging

/// What tells programs of the API.
public enum APIDescription: Sendable {
    /// OpenAPI 3.1.
    case document
    /// A Postman collection.
    case collection
}

/// What `anb-api serve` answers with these settings. Nothing is opened: the routes stand on memory.
public func describeAPI(_ settings: Settings, as description: APIDescription = .document) async throws -> Data {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-openapi-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let secret = ServerSecret(tokenSecrets: [SystemIDs().randomBytes(32).lowercaseHex])
    let signer = try secret.mediaSigner()
    let hasher = Argon2Hasher()
    let contest = Contest(
        Contest.Backends(
            database: MemoryDatabase(), objects: MemoryObjectStore(signer: signer), queue: nil,
            media: ChildProcessMediaEngine(), scratch: try await FileScratchSpace.open(root: folder.path), hasher: hasher),
        rules: settings.rules, tokens: secret.refreshChain, logger: Logger(label: "anb-api"))
    let routes = ContestRoutes(
        contest: contest, tokens: AccessTokens(keys: try await TokenKeys(secrets: secret.tokenSecrets)),
        readiness: Readiness(contest.backends),
        settings: HTTPSettings(publicBaseURL: settings.publicBaseURL))
    try await hasher.shutdown()
    switch description {
    case .document: return try routes.openAPI()
    case .collection: return try routes.requestCollection()
    }
}
