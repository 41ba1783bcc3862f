import ANBPersistence
import ANBStorage
import ANBTesting
import Foundation
import NIOCore
import Testing

@testable import ANBCore

/// How the bytes of many requests become parts, and who may bring them.
struct ResumableUploadsTests {
    @Test func fullPartsAreNotedWhileTheRequestGoesOn() async throws {
        try await withWorld { world, owner in
            let byteCount = 2 * UploadWriter.partBytes + 5
            let id = try await world.begin(byteCount, owner)
            _ = try await world.add(at: 0, to: id, owner) { writer in
                // One chunk that ends in the middle of the second part.
                try await writer.append(ByteBuffer(repeating: 0x61, count: Int(UploadWriter.partBytes) + 3))
                #expect(try await world.session(id).parts == [.init(byteCount: UploadWriter.partBytes, fence: 1)])
                #expect(try await world.session(id).leaseUntil != nil)
            }
            let session = try await world.session(id)
            #expect(session.parts.map(\.byteCount) == [UploadWriter.partBytes, 3])
            #expect(session.leaseUntil == nil)
            #expect(try await world.keys(id) == ["0-1", "\(UploadWriter.partBytes)-1"])
        }
    }

    @Test func manySmallRequestsMakeOnePart() async throws {
        try await withWorld { world, owner in
            let id = try await world.begin(1000, owner)
            for offset in 0..<5 {
                _ = try await world.add(at: Int64(offset), to: id, owner) { try await $0.append(ByteBuffer(string: "x")) }
            }
            #expect(try await world.session(id).parts == [.init(byteCount: 5, fence: 5)])
            #expect(try await world.keys(id) == ["0-5"], "what was folded is removed")
        }
    }

    @Test func aPartOfAMebibyteStaysAsItIs() async throws {
        try await withWorld { world, owner in
            let small = Int(UploadWriter.smallPartBytes)
            for (byteCount, parts) in [(small - 1, 1), (small, 2)] {
                let id = try await world.begin(Int64(small + 10), owner)
                _ = try await world.add(at: 0, to: id, owner) { try await $0.append(ByteBuffer(repeating: 0, count: byteCount)) }
                _ = try await world.add(at: Int64(byteCount), to: id, owner) { try await $0.append(ByteBuffer(string: "x")) }
                #expect(try await world.session(id).parts.count == parts)
                #expect(try await world.session(id).offset == Int64(byteCount) + 1)
            }
        }
    }

    /// Stopped for longer than its lease, a replica goes on as if nothing had happened.
    @Test func whoLostTheLeaseWritesNothing() async throws {
        try await withWorld { world, owner in
            let id = try await world.begin(100, owner)
            let error = try await expectError(.inProgress) {
                _ = try await world.add(at: 0, to: id, owner) { writer in
                    try await writer.append(ByteBuffer(string: "stale"))
                    // Time passes for everybody but this request.
                    let now = world.clock.now + .seconds(6)
                    let taken = try await world.database.withTransaction {
                        try $0.leaseUploadSession(id, owner: "other", until: now + .seconds(6), now: now)
                    }
                    #expect(taken != .held(until: now))
                }
            }
            #expect(error.recovery == .retryLater(after: .seconds(1)))
            let session = try await world.session(id)
            #expect(session.fence == 2)
            #expect(session.leaseOwner == "other")
            #expect(session.offset == 0)
            #expect(try await world.keys(id) == [])
        }
    }

    @Test func aLeaseEndsByItself() async throws {
        try await withWorld { world, owner in
            let id = try await world.begin(100, owner)
            let now = world.clock.now
            _ = try await world.database.withTransaction {
                try $0.leaseUploadSession(id, owner: "killed", until: now + .seconds(6), now: now)
            }
            try await expectError(.inProgress) { try await world.add("x", to: id, owner, through: world.healthy) }
            world.clock.advance(by: .seconds(6))
            try await world.add("x", to: id, owner, through: world.healthy)
            #expect(try await world.session(id).offset == 1)
        }
    }

    /// A completion gives the lease up with its commit, and has parts to remove afterwards.
    @Test func whoHasSettledAnUploadIsNotStoppedByItsOwnEnd() async throws {
        try await withWorld { world, owner in
            let id = try await world.beginUpload(owner)
            let leases = world.healthy.resumableUploads.leases
            let session = try await leases.take(id, owner: "test")
            let keepUntil = world.clock.now + .seconds(60)
            let isDone = try await leases.keeping(session, letsGo: false) {
                let settled = try await world.database.withTransaction {
                    try $0.settleUploadSession(
                        id, fence: session.fence, as: .completed, reason: nil, code: nil, keepUntil: keepUntil)
                }
                try await world.clock.waitForSleepers(1)
                world.clock.advance(by: .seconds(2))
                // The renewal came to nothing, and the next one is waited for.
                try await world.clock.waitForSleepers(1)
                return settled
            }
            #expect(isDone)
        }
    }

    @Test func theSweeperCompletesWhatIsComplete() async throws {
        try await withWorld { world, owner in
            let id = try await world.leaveFullUpload(FakeMediaEngine.magic, owner)
            _ = try await world.healthy.sweeper.sweep()
            #expect(try await world.healthy.library.mine(owner, page: Page()).totalCount == 0, "somebody may be at work")
            world.clock.advance(by: .seconds(6))
            _ = try await world.healthy.sweeper.sweep()
            #expect(try await world.healthy.library.mine(owner, page: Page()).elements.map(\.id) == [id])
            #expect(try await world.keys(id) == [])
        }
    }

    /// The server died after the last byte; client and sweeper both go on, and the sweeper is faster.
    @Test(arguments: [true, false]) func whoComesSecondToTheEndGetsTheVideo(asksToComplete: Bool) async throws {
        try await withWorld { world, owner in
            let id = try await world.leaveFullUpload(FakeMediaEngine.magic, owner)
            world.clock.advance(by: .seconds(6))
            let uploads = world.uploads { _ = try await world.healthy.sweeper.sweep() }
            let accepted =
                if asksToComplete {
                    try await uploads.complete(id, for: owner, correlationID: "test")
                } else {
                    try await uploads.add(
                        .init(offset: Int64(FakeMediaEngine.magic.utf8.count), byteCount: 0, correlationID: "test"), to: id,
                        for: owner
                    ) { _ in }.accepted
                }
            #expect(accepted?.videoID == id)
            #expect(try await world.healthy.library.mine(owner, page: Page()).elements.map(\.jobID) == [accepted?.jobID])
        }
    }

    @Test func whoComesSecondToARefusalGetsItsReason() async throws {
        try await withWorld { world, owner in
            let id = try await world.leaveFullUpload("no video", owner)
            world.clock.advance(by: .seconds(6))
            let uploads = world.uploads { _ = try await world.healthy.sweeper.sweep() }
            try await expectError(.mediaRejected) {
                _ = try await uploads.complete(id, for: owner, correlationID: "test")
            }
        }
    }

    @Test func whatTheSweeperMustNotTouch() async throws {
        try await withWorld { world, owner in
            let id = try await world.begin(100, owner)
            try await world.add("half", to: id, owner, through: world.healthy)
            world.clock.advance(by: .seconds(23 * 3600))
            _ = try await world.healthy.sweeper.sweep()
            #expect(try await world.keys(id) == ["0-1"])
            try await world.add("more", to: id, owner, through: world.healthy)
            #expect(try await world.session(id).offset == 8)
        }
    }

    private func withWorld(_ body: (ContestInMemory, Identity) async throws -> Void) async throws {
        let world = try await ContestInMemory()
        defer { world.remove() }
        try await body(world, try await world.signUp("ana"))
    }
}

extension ContestInMemory {
    fileprivate func begin(_ byteCount: Int64, _ owner: Identity) async throws -> VideoID {
        try await healthy.resumableUploads.begin(.init(title: "My skills", byteCount: byteCount), for: owner).session.id
    }

    fileprivate func add(
        at offset: Int64, to id: VideoID, _ owner: Identity, _ receive: @escaping @Sendable (UploadWriter) async throws -> Void
    ) async throws -> ResumableUploads.Standing {
        let addition = ResumableUploads.Addition(offset: offset, byteCount: nil, correlationID: "test")
        return try await healthy.resumableUploads.add(addition, to: id, for: owner, receive: receive)
    }

    /// An upload whose server died between the last byte and the video.
    fileprivate func leaveFullUpload(_ text: String, _ owner: Identity) async throws -> VideoID {
        let byteCount = Int64(text.utf8.count)
        let id = try await begin(byteCount, owner)
        let now = clock.now
        try await objects.write(try ObjectKey.part(of: id, start: 0, fence: 1), .bytes(ByteBuffer(string: text)))
        let saved = try await database.withTransaction { transaction in
            _ = try transaction.leaseUploadSession(id, owner: "killed", until: now + .seconds(6), now: now)
            return try transaction.saveUploadParts(
                id, fence: 1, parts: [.init(byteCount: byteCount, fence: 1)], leaseUntil: now + .seconds(6),
                expiresAt: now + .seconds(60))
        }
        #expect(saved)
        return id
    }

    /// Uploads of another server: something happens between its first look and its lease.
    fileprivate func uploads(_ meddling: @escaping @Sendable () async throws -> Void) -> ResumableUploads {
        let uploads = healthy.resumableUploads
        let leases = UploadLeases(
            database: MeddledDatabase(database, before: .transaction, meddling), limits: uploads.limits, clock: clock,
            logger: uploads.logger)
        return ResumableUploads(
            database: database, objects: uploads.objects, scratch: uploads.scratch, completion: uploads.completion,
            leases: leases, limits: uploads.limits, gate: uploads.gate, clock: clock, ids: uploads.ids, logger: uploads.logger)
    }

    fileprivate func session(_ id: VideoID) async throws -> UploadSession {
        try #require(try await database.read { try $0.uploadSession(id) })
    }

    /// Of the upload's parts, without what they all have.
    fileprivate func keys(_ id: VideoID) async throws -> [String] {
        let prefix = ObjectKey.partsPrefix(of: id)
        return try await objects.list(prefix: prefix, after: nil, limit: 1000).map {
            String($0.key.description.dropFirst(prefix.count))
        }
    }
}
