import ANBCore
import ANBMemoryDatabase
import ANBQueue
import ANBStorage
import ANBTesting
import Crypto
import Foundation
import Logging
import NIOCore
import Testing

/// The whole contest in memory, inside one test: a clip goes in, a worker makes it, a fan decides the ranking.
@Test(.timeLimit(.minutes(1))) func aFanDecides() async throws {
    let (queue, ids, logger) = (MemoryJobQueue(), SystemIDs(), Logger(label: "test"))
    let contest = Contest(
        Contest.Backends(
            database: MemoryDatabase(), objects: MemoryObjectStore(signer: try LocalURLSigner(secret: Data(count: 32))),
            queue: queue, media: FakeMediaEngine(),
            scratch: try await FileScratchSpace.open(root: NSTemporaryDirectory() + "anb"),
            hasher: PlainHasher()),
        tokens: RefreshTokenChain(key: SymmetricKey(size: .bits256)), logger: logger)
    let worker = JobRunner(
        database: contest.backends.database, queue: queue, handlers: contest.jobHandlers, settings: .init(worker: "test"),
        logger: logger)
    async let working: Void = worker.run()

    let player = try await contest.accounts.admit(
        .init(id: ids.next(), email: "ana@example.com", firstName: "Ana", lastName: "Ríos", city: "Cali", country: "Colombia"))
    let fan = try await contest.accounts.admit(
        .init(id: ids.next(), email: "bob@example.com", firstName: "Bob", lastName: "Paz", city: "Bogotá", country: "Colombia"))
    let clip = try await contest.uploads.accept(from: Identity(player), details: .init(correlationID: "1")) { file in
        try await file.append(.init(string: FakeMediaEngine.magic))
        return "From half court"
    }
    while try await !contest.library.task(clip.jobID, for: Identity(player)).isFinal { await Task.yield() }
    #expect(try await contest.voting.cast(by: Identity(fan), for: clip.videoID) == 1)
    #expect(try await contest.showcase.ranking(cityKey: "cali", page: Page()).map(\.votes) == [1])
    worker.drain()
    await working
}
