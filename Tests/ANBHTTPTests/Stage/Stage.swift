import ANBCore
import ANBPersistence
import ANBStorage
import ANBTesting
import Crypto
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import Metrics

@testable import ANBHTTP

/// The backends that a test runs on.
enum Backing: String, CaseIterable, Sendable {
    case memory, disk
}

/// A whole contest behind its HTTP edge, with a clock that stands still.
struct Stage: Sendable {
    let contest: Contest
    let clock: ManualClock
    let tokens: AccessTokens
    let routes: ContestRoutes
    let client: any TestClientProtocol
    let scratchPath: String
}

/// What a test may change before the stage is set.
struct StageSettings: Sendable {
    var backing = Backing.memory
    var transport = TestingSetup.router
    var rules = Contest.Rules()
    var http = HTTPSettings()
    var hasher: any PasswordHasher = PlainHasher()
    var media: any MediaEngine = FakeMediaEngine()
    var readiness: Readiness?
    /// Whether the object store has a server of its own, as S3 has; only with the one in memory.
    var takesDirectUploads = false
    var metrics: any MetricsFactory = NOOPMetricsHandler.instance
    /// Runs when the server has ended, which it does after its last request.
    var afterwards: @Sendable (Stage) async throws -> Void = { _ in }
}

/// Sets a stage, runs the body and removes everything.
func withStage(
    _ backing: Backing = .memory, _ change: (inout StageSettings) -> Void = { _ in },
    _ body: @Sendable @escaping (Stage) async throws -> Void
) async throws {
    var settings = StageSettings(backing: backing)
    change(&settings)
    let folder = FileManager.default.temporaryDirectory.path + "/anb-http-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await run(settings, in: folder, body)
}

private func run(
    _ settings: StageSettings, in folder: String, _ body: @Sendable @escaping (Stage) async throws -> Void
) async throws {
    let (clock, ids) = (ManualClock(), SequentialIDs())
    let signer = try LocalURLSigner(secret: Data("sixteen bytes or more".utf8))
    let database: any Database
    let objects: any ObjectStore
    switch settings.backing {
    case .memory:
        let memory = MemoryObjectStore(signer: signer, clock: clock)
        (database, objects) = (MemoryDatabase(), settings.takesDirectUploads ? DirectMemoryStore(base: memory) : memory)
    case .disk:
        database = try await SQLiteDatabase.open(path: "\(folder)/contest.sqlite", clock: clock)
        objects = try await FilesystemObjectStore.open(root: "\(folder)/objects", signer: signer, clock: clock)
    }
    try await database.migrate()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let contest = Contest(
        Contest.Backends(
            database: database, objects: objects, queue: nil, media: settings.media,
            scratch: try await FileScratchSpace.open(root: "\(folder)/scratch"), hasher: settings.hasher, clock: clock,
            ids: ids),
        rules: settings.rules, tokens: RefreshTokenChain(key: SymmetricKey(size: .bits256)), logger: logger)
    let tokens = try await AccessTokens(secret: AccessTokensTests.secret, clock: clock, ids: ids)
    let routes = ContestRoutes(
        contest: contest, tokens: tokens, readiness: settings.readiness ?? Readiness(contest.backends), mediaSigner: signer,
        settings: settings.http, limiter: MemoryRateLimiter(clock: clock), metrics: settings.metrics)
    let stage = try await makeContestApplication(routes, port: 0, logger: logger).test(settings.transport) { client in
        let stage = Stage(
            contest: contest, clock: clock, tokens: tokens, routes: routes, client: client,
            scratchPath: "\(folder)/scratch")
        try await body(stage)
        return stage
    }
    try await settings.afterwards(stage)
    try await (database as? SQLiteDatabase)?.close()
}
