import ANBCore
import ANBPersistence
import ANBQueue
import ANBStorage
import ANBTesting
import Crypto
import Foundation
import Logging
import NIOCore
import Synchronization

/// A whole contest over backends in memory, with a clock moved by hand and, if wanted, faults on purpose.
struct ContestInMemory {
    let clock = ManualClock()
    let ids = SequentialIDs()
    let database: any Database
    let objects: MemoryObjectStore
    let queue: MemoryJobQueue
    let scratch: FileScratchSpace
    let folder: String
    /// Without faults, for healing and for looking.
    let healthy: Contest
    /// With the plan's fault.
    let contest: Contest

    init(_ plan: FaultPlan = FaultPlan(), database: any Database = MemoryDatabase()) async throws {
        self.database = database
        folder = NSTemporaryDirectory() + "anb-core-\(UUID().uuidString)"
        objects = MemoryObjectStore(signer: try LocalURLSigner(secret: Data(repeating: 1, count: 32)), clock: clock)
        queue = MemoryJobQueue(clock: clock)
        scratch = try await FileScratchSpace.open(root: folder)
        healthy = Self.contest(database, objects, queue, scratch, clock, ids)
        contest = Self.contest(
            BreakableDatabase(database, plan), BreakableObjectStore(objects, plan), BreakableJobQueue(queue, plan), scratch,
            clock, ids)
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    private static func contest(
        _ database: any Database, _ objects: any ObjectStore, _ queue: any JobQueue, _ scratch: any ScratchSpace,
        _ clock: ManualClock, _ ids: SequentialIDs
    ) -> Contest {
        Contest(
            Contest.Backends(
                database: database, objects: objects, queue: queue, media: FakeMediaEngine(), scratch: scratch,
                hasher: PlainHasher(), clock: clock, ids: ids),
            tokens: RefreshTokenChain(key: SymmetricKey(size: .bits256)), logger: .silent)
    }

    // MARK: - People

    func signUp(_ name: String, city: String = "Bogotá") async throws -> Identity {
        let user = try await healthy.accounts.signUp(
            Accounts.SignUp(
                firstName: name, lastName: "Player", email: "\(name)@example.com", password: "a-Long-passw0rd",
                repeatedPassword: "a-Long-passw0rd", city: city, country: "Colombia"))
        return Identity(userID: user.id, sessionID: ids.next(), roles: user.roles)
    }

    func upload(
        _ owner: Identity, text: String = FakeMediaEngine.magic, title: String = "My skills", key: String? = nil,
        through contest: Contest? = nil
    ) async throws -> VideoUploads.Accepted {
        try await (contest ?? self.contest).uploads.accept(
            from: owner, declaredByteCount: nil, details: .init(idempotencyKey: key, correlationID: "test")
        ) { sink in
            try await sink.append(ByteBuffer(string: text))
            return title
        }
    }

    // MARK: - Uploads in parts

    /// An upload of ``FakeMediaEngine/magic``.
    func beginUpload(_ owner: Identity, through contest: Contest? = nil) async throws -> VideoID {
        let announcement = ResumableUploads.Announcement(
            title: "My skills", byteCount: Int64(FakeMediaEngine.magic.utf8.count))
        return try await (contest ?? self.contest).resumableUploads.begin(announcement, for: owner).session.id
    }

    /// Adds a piece where the upload is.
    func add(_ text: String, to id: VideoID, _ owner: Identity, through contest: Contest) async throws {
        let offset = try await contest.resumableUploads.standing(of: id, for: owner).offset
        let addition = ResumableUploads.Addition(offset: offset, byteCount: Int64(text.utf8.count), correlationID: "test")
        _ = try await contest.resumableUploads.add(addition, to: id, for: owner) {
            try await $0.append(ByteBuffer(string: text))
        }
    }

    /// Adds what is missing, or the beginning of it.
    func addRest(atMost count: Int = .max, to id: VideoID, _ owner: Identity, through contest: Contest) async throws {
        let offset = try await contest.resumableUploads.standing(of: id, for: owner).offset
        try await add(String(FakeMediaEngine.magic.dropFirst(Int(offset)).prefix(count)), to: id, owner, through: contest)
    }

    var magicSHA256: String {
        SHA256.hash(data: Data(FakeMediaEngine.magic.utf8)).map { String(format: "%02x", $0) }.joined()
    }

    // MARK: - Work

    /// One round of a worker over the faulty backends: takes what is ready, and stops.
    func workOnce(through contest: Contest, _ context: JobContext = JobContext()) async throws {
        guard let queue = contest.backends.queue else { return }
        for delivery in try await queue.receive(limit: 10, wait: .zero) {
            let handlers = Dictionary(uniqueKeysWithValues: contest.jobHandlers.map { ($0.kind, $0) })
            guard let handler = handlers[delivery.message.kind] else { continue }
            try await Self.run(delivery.message.jobID, handler, context, contest.backends.database, clock.now)
            try await queue.acknowledge(delivery)
        }
    }

    /// The runner's order of things, without its patience: a fault ends it as a killed worker would end.
    private static func run(
        _ id: JobID, _ handler: any JobHandler, _ context: JobContext, _ database: any Database, _ now: Timestamp
    ) async throws {
        let claim = try await database.withTransaction {
            try $0.claimJob(id, worker: "test", lease: .seconds(30), limits: AttemptLimits(), now: now)
        }
        guard case .claimed(let job) = claim else { return }
        let result = try await handler.run(job, context)
        let committed = try await database.withTransaction { transaction in
            guard try transaction.finishJob(id, fence: job.fence, now: now) else { return false }
            return try result.commit(transaction)
        }
        if committed { try await result.afterCommit() } else { try await result.discard() }
    }

    /// Time passes and nothing breaks any more: leases end, the relay rings, workers work, the sweeper sweeps.
    func heal() async throws {
        for _ in 0..<3 {
            clock.advance(by: .seconds(2 * 3600))
            try await healthy.relay.ringDue(rungBefore: clock.now)
            try await workOnce(through: healthy)
            _ = try await healthy.sweeper.sweep()
        }
    }

    func objectKeys() async throws -> [ObjectKey] {
        try await objects.list(prefix: "", after: nil, limit: 1000).map(\.key)
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}
