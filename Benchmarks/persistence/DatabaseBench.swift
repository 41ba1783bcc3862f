import ANBCore
import ANBPersistence
import ANBTesting
import Foundation
import Logging
import Synchronization

/// Transactions per second of a database, with the statements that the product runs.
///
/// usage: anb-bench-database DATABASE_URL|sqlite:PATH [CLIENTS] [SECONDS] [CONNECTIONS] [claims]; the database must be empty.
/// With `claims` only those are measured.
@main
struct DatabaseBench {
    let database: any OpenDatabase
    let clients: Int
    let limit: Duration
    let samples = Samples()

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count > 1 else { return print("usage: anb-bench-database URL [CLIENTS] [SECONDS] [CONNECTIONS]") }
        let numbers = arguments.dropFirst(2).compactMap(Int.init)
        let connections = numbers.count > 2 ? numbers[2] : 10
        let bench = DatabaseBench(
            database: try await open(arguments[1], connections: connections), clients: numbers.first ?? 32,
            limit: .seconds(numbers.count > 1 ? numbers[1] : 5))
        try await bench.database.migrate()
        print("\(bench.clients) clients, \(connections) connections, \(bench.limit) each")
        try await bench.claimAndFinish()
        if arguments.last == "claims" { return try await bench.database.close() }
        try await bench.vote(videoCount: 1, "votes on one video")
        try await bench.vote(videoCount: 100, "votes spread over 100 videos")
        try await bench.signIn(.none, "sign-in, nothing noted")
        try await bench.signIn(.inbox, "sign-in, noted in the audit log, sealed each second")
        try await bench.signIn(.chain, "sign-in, chained in its own transaction (not how it is)")
        try await bench.read()
        try await bench.database.close()
    }

    private static func open(_ url: String, connections: Int) async throws -> any OpenDatabase {
        if url.hasPrefix("sqlite:") { return try await SQLiteDatabase.open(path: String(url.dropFirst("sqlite:".count))) }
        return try await PostgresDatabase.open(url: url, settings: PostgresSettings(connectionsMax: connections))
    }

    // MARK: - What is measured

    /// Two transactions: what a worker does around each job.
    private func claimAndFinish() async throws {
        let jobs = Supply<Job>()
        try await measure("claim + finish (2 transactions)", prepare: { try await addJobs(jobs) }) { _ in
            guard let id = jobs.next() else { return false }
            let outcome = try await database.withTransaction {
                try $0.claimJob(
                    id, worker: "bench", lease: .seconds(30), limits: AttemptLimits(), now: Samples.start + .seconds(1))
            }
            guard case .claimed(let job) = outcome else { throw ConformanceFailure("the claim was answered \(outcome)") }
            return try await database.withTransaction {
                try $0.finishJob(id, fence: job.fence, now: Samples.start + .seconds(2))
            }
        }
    }

    /// The statements of a vote, each by another voter.
    private func vote(videoCount: Int, _ name: String) async throws {
        let voters = Supply<User>()
        let videos = try await openVideos(count: videoCount)
        try await measure(name, prepare: { try await addVoters(voters) }) { index in
            guard let voter = voters.next() else { return false }
            let video = videos[index % videos.count]
            let ballot = Ballot(voter: voter, video: video, at: Samples.start, network: "0123456789abcdef")
            return try await database.withTransaction { try $0.castVote(ballot, in: .always) != nil }
        }
        let votes = try await database.read { scope in try videos.map { try scope.countVotes(for: $0) } }
        let counted = try await database.read { scope in try videos.map { try scope.video($0)?.votes } }
        guard votes == counted else { throw ConformanceFailure("votes \(votes), counted \(counted)") }
    }

    private enum Noting { case none, inbox, chain }

    /// A session with its refresh token, of 1,000 people in turn: what the audit log costs a sign-in.
    private func signIn(_ noting: Noting, _ name: String) async throws {
        let people = (0..<1000).map { _ in samples.user() }
        try await database.withTransaction { for user in people { try $0.insertUser(user) } }
        let trail = AuditTrail(database: database, logger: Logger(label: "bench"))
        let sealing = Task { try await trail.run(clock: SystemClock()) }
        try await measure(name, prepare: {}) { index in
            let session = samples.session(of: people[index % people.count].id)
            let token = samples.refreshToken(of: session)
            let event = AuditEvent(
                id: "\(session.id)", at: Samples.start, actor: .user(session.userID), action: .signedIn,
                subject: .session(session.id))
            return try await database.withTransaction { transaction in
                try transaction.insertSession(session)
                try transaction.insertRefreshToken(token)
                switch noting {
                case .none: break
                case .inbox: try transaction.recordAudit(event)
                case .chain: try transaction.sealAudit([AuditEntry(event, after: transaction.auditHead())])
                }
                return true
            }
        }
        sealing.cancel()
        _ = try? await sealing.value
        try await trail.seal()
    }

    private func read() async throws {
        try await measure("ranking, first page (read)", prepare: {}) { _ in
            try await !database.read { try $0.ranking(cityKey: nil, page: Page()) }.isEmpty
        }
    }

    // MARK: - Measuring

    /// Runs the body on every client until the time is over or a client's body says that there is nothing left.
    private func measure(
        _ name: String, prepare: () async throws -> Void, _ body: @escaping @Sendable (Int) async throws -> Bool
    ) async throws {
        try await prepare()
        let start = ContinuousClock.now
        let times = try await withThrowingTaskGroup(of: [Duration].self) { group in
            for client in 0..<clients {
                group.addTask { try await run(body, client: client, until: start + limit) }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let elapsed = ContinuousClock.now - start
        let sorted = times.sorted()
        let perSecond = Double(times.count) / (elapsed / .seconds(1))
        func milliseconds(_ share: Double) -> String {
            guard !sorted.isEmpty else { return "-" }
            let time = sorted[Int(Double(sorted.count - 1) * share)]
            return String(format: "%.2f", time / .milliseconds(1))
        }
        print("\(name): \(Int(perSecond))/s, p50 \(milliseconds(0.5)) ms, p99 \(milliseconds(0.99)) ms, n \(times.count)")
    }

    private func run(
        _ body: @Sendable (Int) async throws -> Bool, client: Int, until end: ContinuousClock.Instant
    ) async throws -> [Duration] {
        var times: [Duration] = []
        var index = client
        while ContinuousClock.now < end {
            let start = ContinuousClock.now
            guard try await body(index) else { break }
            times.append(ContinuousClock.now - start)
            index += clients
        }
        return times
    }

    // MARK: - Rows to work on

    private func addJobs(_ jobs: Supply<Job>) async throws {
        for _ in 0..<40 {
            let new = (0..<1000).map { _ in samples.job() }
            try await database.withTransaction { for job in new { try $0.insertJob(job) } }
            jobs.add(new.map(\.id))
        }
    }

    private func addVoters(_ voters: Supply<User>) async throws {
        for _ in 0..<30 {
            let new = (0..<1000).map { _ in samples.user() }
            try await database.withTransaction { for user in new { try $0.insertUser(user) } }
            voters.add(new.map(\.id))
        }
    }

    private func openVideos(count: Int) async throws -> [VideoID] {
        var videos: [VideoID] = []
        for _ in 0..<count {
            let player = samples.user()
            let video = try samples.video(of: player.id)
            let publication = try samples.publication(of: video.id)
            try await database.withTransaction { transaction in
                try transaction.insertUser(player)
                try transaction.insertVideo(video)
                _ = try transaction.publish(video.id, publication, at: Samples.start)
            }
            videos.append(video.id)
        }
        return videos
    }
}

/// Rows that nobody has used yet, each given out once.
private final class Supply<Entity>: Sendable {
    private let ids = Mutex<[Identifier<Entity>]>([])

    func add(_ new: [Identifier<Entity>]) { ids.withLock { $0 += new } }

    func next() -> Identifier<Entity>? { ids.withLock { $0.popLast() } }
}
