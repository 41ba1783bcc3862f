import ANBCore
import ANBPersistence
import ANBTesting
import Foundation
import PostgresTestServer
import Testing

/// Breaks every single call between an upload and its publication, in order and in both ways, and checks each time
/// that nothing is lost, doubled or left behind once things work again.
struct FaultAtEveryStepTests {
    enum Backend: String, CaseIterable, Sendable {
        case memory, sqlite, postgres

        /// An empty database.
        /// - Parameter folder: Of the scenario, whose worlds come one after the other.
        func open(_ folder: String) async throws -> any Database {
            let database: any Database
            // As old as the world that it is for: what is older is not its.
            let clock = ManualClock()
            switch self {
            case .memory: return MemoryDatabase()
            case .sqlite: database = try await SQLiteDatabase.open(path: "\(folder)/\(UUID().uuidString).sqlite", clock: clock)
            case .postgres: database = try await PostgresDatabase.open(url: try await Self.emptyPostgres(folder), clock: clock)
            }
            try await database.migrate()
            return database
        }

        /// One database for all worlds of a scenario, emptied each time, which is faster than a new one.
        private static func emptyPostgres(_ folder: String) async throws -> String {
            let server = try await PostgresTestServer.shared
            let name = "faults_" + folder.suffix(12).lowercased()
            let mark = "\(folder)/postgres-is-made"
            if !FileManager.default.fileExists(atPath: mark) {
                try await administer(server.url(), "CREATE DATABASE \(name)")
                try expect(FileManager.default.createFile(atPath: mark, contents: nil), "no file \(mark)")
            }
            try await administer(server.url(database: name), "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            return server.url(database: name)
        }

        private static func administer(_ url: String, _ sql: String) async throws {
            let ending = try await Command.run(["/usr/bin/env", "psql", url, "-Xq", "-v", "ON_ERROR_STOP=1", "-c", sql])
            try expect(ending.code == 0, "psql: \(ending.standardError)")
        }
    }

    @Test(arguments: Backend.allCases) func uploadAndProcessing(_ backend: Backend) async throws {
        try await eachFault(backend) { world, owner, trace in
            let accepted = try? await world.upload(owner, key: "one")
            try? await world.workOnce(through: world.contest)
            try await world.heal()

            let videos = try await world.healthy.library.mine(owner, page: Page()).elements
            // A lost answer may hide a success; an answer never hides a loss.
            #expect(videos.count <= 1, trace)
            if let accepted { #expect(videos.map(\.id) == [accepted.videoID], trace) }
            #expect(videos.allSatisfy { $0.status == .processed }, trace)
            #expect(try await world.objectKeys() == videos.flatMap(\.keys).sorted(), trace)
            // The client repeats with the same key, and there is still one video.
            let repeated = try await world.upload(owner, key: "one", through: world.healthy)
            if let video = videos.first { #expect(repeated.videoID == video.id, trace) }
            #expect(try await world.healthy.library.mine(owner, page: Page()).totalCount == 1, trace)
        }
    }

    /// Two requests bring a clip in parts; a client asks where it is and goes on after every failure.
    @Test(arguments: Backend.allCases) func resumableUpload(_ backend: Backend) async throws {
        try await eachFault(backend) { world, owner, trace in
            let id = try? await world.beginUpload(owner)
            if let id {
                for most in [4, FakeMediaEngine.magic.count] {
                    try? await world.addRest(atMost: most, to: id, owner, through: world.contest)
                }
                // Whoever held a lease when it broke may be dead.
                world.clock.advance(by: .seconds(10))
                try await world.addRest(to: id, owner, through: world.healthy)
            }
            try await world.heal()

            let videos = try await world.healthy.library.mine(owner, page: Page()).elements
            #expect(videos.map(\.id) == (id.map { [$0] } ?? []), trace)
            #expect(videos.allSatisfy { $0.status == .processed && $0.originalSHA256 == world.magicSHA256 }, trace)
            #expect(try await world.objectKeys() == videos.flatMap(\.keys).sorted(), trace)
            if let id {
                let again = try await world.healthy.resumableUploads.complete(id, for: owner, correlationID: "again")
                #expect(again.videoID == id, trace)
            }
        }
    }

    /// The client is gone after its first failure: the sweeper completes what is complete and removes the rest.
    @Test(arguments: Backend.allCases) func abandonedUpload(_ backend: Backend) async throws {
        try await eachFault(backend) { world, owner, trace in
            var isWhole = false
            let id = try? await world.beginUpload(owner)
            if let id {
                do {
                    try await world.addRest(atMost: 4, to: id, owner, through: world.contest)
                    try await world.addRest(to: id, owner, through: world.contest)
                    isWhole = true
                } catch {}
            }
            for _ in 0..<3 {
                try await world.heal()
                world.clock.advance(by: .seconds(25 * 3600))
            }
            let videos = try await world.healthy.library.mine(owner, page: Page()).elements
            if isWhole { #expect(videos.map(\.id) == [id], trace) }
            #expect(videos.allSatisfy { $0.status == .processed && $0.originalSHA256 == world.magicSHA256 }, trace)
            #expect(try await world.objectKeys() == videos.flatMap(\.keys).sorted(), trace)
            _ = try await world.healthy.sweeper.sweep()
            let far = Timestamp(milliseconds: .max / 2)
            #expect(try await world.database.read { try $0.uploadSessions(expiredBefore: far, limit: 10) } == [], trace)
        }
    }

    /// A cancelled upload leaves nothing, whichever step of it breaks.
    @Test(arguments: Backend.allCases) func cancelledUpload(_ backend: Backend) async throws {
        try await eachFault(backend) { world, owner, trace in
            if let id = try? await world.beginUpload(owner) {
                try? await world.add("half", to: id, owner, through: world.contest)
                try? await world.contest.resumableUploads.terminate(id, for: owner)
            }
            world.clock.advance(by: .seconds(25 * 3600))
            try await world.heal()
            #expect(try await world.objectKeys() == [], trace)
        }
    }

    @Test(arguments: Backend.allCases) func deletion(_ backend: Backend) async throws {
        try await eachFault(backend) { world, owner, trace in
            let accepted = try await world.upload(owner, through: world.healthy)
            try? await world.contest.library.delete(accepted.videoID, for: owner, correlationID: "test")
            try? await world.workOnce(through: world.contest)
            try await world.heal()

            let videos = try await world.healthy.library.mine(owner, page: Page()).elements
            #expect(try await world.objectKeys() == videos.flatMap(\.keys).sorted(), trace)
            let row = try await world.database.read { try $0.video(accepted.videoID) }
            #expect(row?.deletedAt == nil, "the tombstone is gone when the objects are; \(trace)")
        }
    }

    /// Runs the scenario unbroken to count its calls, then once for each call and way to break it.
    private func eachFault(
        _ backend: Backend,
        _ scenario: (_ world: ContestInMemory, _ owner: Identity, _ trace: Comment) async throws -> Void
    ) async throws {
        let folder = NSTemporaryDirectory() + "anb-faults-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func run(_ plan: FaultPlan, _ name: String) async throws {
            let world = try await ContestInMemory(plan, database: try await backend.open(folder))
            defer { world.remove() }
            let owner = try await world.signUp("ana")
            try await scenario(world, owner, "\(name)")
        }
        let unbroken = FaultPlan()
        try await run(unbroken, "nothing broken")
        #expect(unbroken.callCount >= 6, "the plan sees the steps: \(unbroken.trace)")
        for call in 1...unbroken.callCount {
            for fault in FaultPlan.Fault.allCases {
                try await run(FaultPlan(breaking: call, fault), "\(unbroken.trace[call - 1]), call \(call), \(fault)")
            }
        }
    }
}
