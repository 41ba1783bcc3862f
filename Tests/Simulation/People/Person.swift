import ANBCore
import NIOCore

/// A player, who also votes. They do one thing after the other, and try again when nobody answers.
///
/// Sendable without a lock: only the simulation's thread touches it.
final class Person: @unchecked Sendable {
    /// How often they try to get an answer.
    private static let triesMax = 5

    let world: World
    let journal: Journal
    let process: SimulatedProcess
    let identity: Identity
    private var chance: Chance
    /// Of the journal's uploads, those of this person.
    private var uploads: [Int] = []

    init(_ world: World, _ journal: Journal, identity: Identity, number: Int, seed: UInt64) {
        self.world = world
        self.journal = journal
        self.identity = identity
        process = world.scheduler.startProcess("player-\(number)")
        chance = Chance(seed: seed, stream: 100 + UInt64(number))
    }

    private var checker: Checker { world.checker }
    private var now: Int64 { world.scheduler.now }

    /// One lane of what they do.
    func live() async {
        do {
            for turn in 0..<world.plan.operations {
                try await pause(0...20_000)
                try await act(turn == 0 ? 0 : chance.below(100))
            }
        } catch {
            // The simulation is over.
        }
        journal.livesEnded += 1
    }

    private func act(_ dice: Int) async throws {
        switch dice {
        case ..<25: try await uploadSomething()
        case ..<35: try await repeatUpload()
        case ..<83: try await vote()
        case ..<93: try await delete()
        default: try await look()
        }
    }

    private func pause(_ milliseconds: ClosedRange<Int64>) async throws {
        try await world.scheduler.sleep(chance.number(milliseconds))
        try process.checkAlive()
    }

    /// A video that is open for voting, sometimes any other that anybody ever heard of, or `nil`.
    private func someVideo() -> VideoID? {
        let known = journal.uploads.flatMap { $0.answers.suffix(1).map(\.videoID) }
        let open = known.filter { checker.rows.videos[$0]?.isOpenForVoting == true }
        if !open.isEmpty, chance.happens(0.9) { return chance.pick(open) }
        return known.isEmpty ? nil : chance.pick(known)
    }

    // MARK: - Uploads

    private func uploadSomething() async throws {
        let number = journal.uploads.count
        let kind: Clip.Kind =
            switch chance.below(20) {
            case 0: .unreadable
            case 1: .poison
            case 2 where world.plan.hasKillers: .killer
            default: .good
            }
        let upload = Journal.Upload(
            owner: identity.userID, key: chance.happens(0.75) ? "key-\(number)" : nil, title: "clip \(number)",
            clip: Clip(kind: kind, number: number))
        journal.uploads.append(upload)
        uploads.append(number)
        try await send(number)
    }

    /// The same again, long after: whatever the answer was, or if there was none.
    private func repeatUpload() async throws {
        let keyed = uploads.filter { journal.uploads[$0].key != nil }
        guard !keyed.isEmpty else { return try await uploadSomething() }
        world.counts[.uploadsRepeated] += 1
        try await send(chance.pick(keyed))
    }

    /// Tries until there is an answer. Sometimes two at once, as an impatient client does.
    private func send(_ number: Int) async throws {
        for _ in 0..<Self.triesMax {
            let isDoubled = journal.uploads[number].key != nil && chance.happens(0.15)
            async let second = isDoubled ? sendOnce(number) : true
            let isDone = await sendOnce(number)
            guard await !(second && isDone) else { return }
            try await pause(500...8000)
        }
    }

    /// - Returns: Whether there is nothing more to try.
    private func sendOnce(_ number: Int) async -> Bool {
        journal.uploads[number].attempts += 1
        let (upload, identity, cut) = (journal.uploads[number], identity, Cut(world))
        let answer = await world.request("upload \(upload.title), \(upload.clip.kind)", from: process) { contest in
            try await contest.uploads.accept(
                from: identity, declaredByteCount: nil,
                details: .init(idempotencyKey: upload.key, correlationID: upload.title)
            ) { sink in
                try await cut.send(upload.clip.bytes, into: sink)
                return upload.title
            }
        }
        switch answer {
        case .none: return false
        case .value(let accepted):
            checker.acknowledged(accepted, journal.uploads[number], journal)
            journal.uploads[number].answers.append(accepted)
            return true
        case .refused(let error):
            guard let error = error as? ANBError else { return false }
            if error.code == .mediaRejected, upload.clip.kind == .unreadable { return true }
            checker.require(
                [.unavailable, .inProgress, .overloaded].contains(error.code), .answers, "\(upload.title): \(error)")
            return false
        }
    }

    /// Uploads a good clip through one replica, which must take it at once.
    func upload(through replica: Role, then done: @escaping () -> Void) {
        let number = journal.uploads.count
        let upload = Journal.Upload(
            owner: identity.userID, title: "clip \(number)", clip: Clip(kind: .good, number: number), attempts: 1)
        journal.uploads.append(upload)
        let finish = Finish(body: done)
        guard let running = replica.running else { return checker.violated(.worksAgain, "a replica is away") }
        world.scheduler.spawn(on: running.process) { [self] in
            do {
                let accepted = try await running.contest.uploads.accept(
                    from: identity, declaredByteCount: nil, details: .init(correlationID: "again")
                ) { sink in
                    try await sink.append(ByteBuffer(bytes: upload.clip.bytes))
                    return upload.title
                }
                checker.acknowledged(accepted, journal.uploads[number], journal)
                journal.uploads[number].answers.append(accepted)
            } catch {
                checker.violated(.worksAgain, "\(running.process.name): \(error)")
            }
            finish.body()
        }
    }

    /// Sendable without a lock: only the simulation's thread touches it.
    private struct Finish: @unchecked Sendable {
        var body: () -> Void
    }

    private func delete() async throws {
        let mine = uploads.compactMap { journal.uploads[$0].answers.last?.videoID }
        guard !mine.isEmpty else { return }
        let id = chance.pick(mine)
        for _ in 0..<Self.triesMax {
            let wasFinal = checker.rows.videos[id]?.status == .processed
            journal.deletions[id, default: Journal.Deletion()].requests += 1
            let identity = identity
            let answer = await world.request("delete \(id)", from: process) {
                try await $0.library.delete(id, for: identity, correlationID: "delete")
            }
            switch answer {
            case .value:
                checker.require(!wasFinal, .answers, "video \(id) was open for voting and is deleted")
                journal.deletions[id]?.isAcknowledged = true
                return
            case .refused(let error as ANBError) where error.code == .notFound:
                return checker.require(
                    (journal.deletions[id]?.requests ?? 0) > 1, .acknowledgedExists,
                    "video \(id) was never deleted and is not found")
            case .refused(let error as ANBError) where error.code == .conflict:
                journal.deletions[id]?.requests -= 1
                if journal.deletions[id]?.requests == 0 { journal.deletions[id] = nil }
                return checker.require(
                    checker.rows.videos[id]?.status == .processed, .answers, "video \(id) cannot be deleted: \(error)")
            case .refused(let error as ANBError):
                checker.require(error.code == .unavailable, .answers, "delete \(id): \(error)")
            case .refused, .none: break
            }
            try await pause(500...5000)
        }
    }

    // MARK: - Votes

    /// Votes, and perhaps changes their mind, more than once.
    private func vote() async throws {
        guard let id = someVideo() else { return }
        for turn in 0..<1 + chance.below(5) {
            if turn > 0 { try await pause(0...2000) }
            try await vote(for: id, isCast: turn == 0 || chance.happens(0.5))
        }
    }

    private func vote(for id: VideoID, isCast: Bool) async throws {
        let key = Rows.VoteKey(voter: identity.userID, video: id)
        for _ in 0..<Self.triesMax {
            guard journal.votes[key]?.isFull != true else { return }
            let isOpen = checker.rows.videos[id]?.isOpenForVoting == true
            let isOwn = checker.rows.videos[id]?.ownerID == identity.userID
            var operation = VoteHistory.Operation(isCast: isCast, from: now)
            let identity = identity
            let answer = await world.request("\(isCast ? "vote for" : "take back the vote for") \(id)", from: process) {
                isCast ? try await $0.voting.cast(by: identity, for: id) : try await $0.voting.retract(by: identity, for: id)
            }
            operation.until = now
            switch answer {
            case .value: operation.changed = true
            case .refused(let error as ANBError) where error.code == .conflict: operation.changed = false
            case .refused(let error as ANBError) where error.code == .notFound:
                return checker.require(!isOpen, .answers, "video \(id) was open for voting and is not found")
            case .refused(let error as ANBError) where error.code == .invalidRequest:
                return checker.require(isCast && isOwn, .answers, "vote for \(id): \(error)")
            default: operation.until = nil
            }
            journal.votes[key, default: VoteHistory()].operations.append(operation)
            guard operation.until == nil else {
                if operation.changed == true { world.counts[isCast ? .votesAcknowledged : .votesTakenBack] += 1 }
                return
            }
            try await pause(500...5000)
        }
    }

    // MARK: - Looks

    private func look() async throws {
        guard let number = uploads.last, let id = journal.uploads[number].answers.last?.videoID else { return }
        let wasFinal = checker.rows.videos[id]?.status == .processed
        let identity = identity
        let answer = await world.request("look at \(id)", from: process) {
            try await $0.library.detail(id, for: identity).video
        }
        switch answer {
        case .value(let video):
            checker.require(!wasFinal || video.status == .processed, .edges, "video \(id) was processed, is \(video.status)")
        case .refused(let error as ANBError) where error.code == .notFound:
            checker.require(journal.deletions[id] != nil, .acknowledgedExists, "video \(id) is not found")
        case .refused, .none: break
        }
    }
}

/// A client's sending, which may stop in the middle.
private struct Cut: Sendable {
    let world: World
    let isCut: Bool

    init(_ world: World) {
        self.world = world
        isCut = world.faultsAreOn && world.chance.happens(world.plan.network.cuts)
        if isCut { world.counts[.requestsCut] += 1 }
    }

    func send(_ bytes: [UInt8], into sink: UploadSink) async throws {
        try await sink.append(ByteBuffer(bytes: bytes.prefix(4)))
        try await world.scheduler.sleep(world.chance.pick([0, 10, 2000]))
        if isCut { throw UnknownFault() }
        try await sink.append(ByteBuffer(bytes: bytes.dropFirst(4)))
    }
}
