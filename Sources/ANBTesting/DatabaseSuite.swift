public import ANBCore

/// The rules of `Database`, without those of its ledger (``LedgerSuite``). Each case needs an empty database whose
/// schema is up to date.
public enum DatabaseSuite {
    /// Every rule of `Database` but those of the ledger.
    public static let suite = ConformanceSuite(
        "Database",
        transactionCases + accountCases + sessionCases + videoCases + publicListCases + rankingCases + voteCases + voteLedgerCases
            + uploadCases + uploadQuotaCases + uploadSessionCases + keptRequestCases + auditCases + moderationCases + closingCases
            + webhookCases
    )

    static func rule(
        _ name: String, _ run: @escaping @Sendable (DatabaseStage) async throws -> Void
    ) -> ConformanceCase<any Database> {
        ConformanceCase(name) { try await run(DatabaseStage(database: $0)) }
    }
}

/// A database under test and what cases do with it most.
struct DatabaseStage: Sendable {
    let database: any Database
    let samples = Samples()

    func read<Value: Sendable>(_ body: @escaping @Sendable (any ReadScope) throws -> Value) async throws -> Value {
        try await database.read(body)
    }

    @discardableResult
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value {
        try await database.withTransaction(body)
    }

    /// - Parameter seconds: After ``Samples/start``.
    func time(_ seconds: Double) -> Timestamp { Samples.start + .milliseconds(Int64(seconds * 1000)) }

    func addUser(city: String = "Bogotá") async throws -> User {
        let user = samples.user(city: city)
        try await write { try $0.insertUser(user) }
        return user
    }

    func addUsers(_ count: Int) async throws -> [User] {
        let users = (0..<count).map { _ in samples.user() }
        try await write { for user in users { try $0.insertUser(user) } }
        return users
    }

    func addSession(of user: User, at seconds: Double = 0) async throws -> Session {
        let session = samples.session(of: user.id, at: time(seconds))
        try await write { try $0.insertSession(session) }
        return session
    }

    func addVideo(of owner: User, at seconds: Double = 0) async throws -> Video {
        let video = try samples.video(of: owner.id, at: time(seconds))
        try await write { try $0.insertVideo(video) }
        return video
    }

    /// A video that was published as soon as it was uploaded.
    func addOpenVideo(of owner: User, at seconds: Double = 0) async throws -> VideoID {
        let video = try await addVideo(of: owner, at: seconds)
        try await publish(video.id, at: seconds)
        return video.id
    }

    func publish(_ id: VideoID, at seconds: Double) async throws {
        let (publication, now) = (try samples.publication(of: id), time(seconds))
        try expect(try await write { try $0.publish(id, publication, at: now) }, "\(id) was not published")
    }

    @discardableResult
    func vote(_ voter: User, for video: VideoID, at seconds: Double) async throws -> Bool {
        let now = time(seconds)
        return try await write { try $0.castVote(by: voter.id, for: video, at: now) }
    }

    @discardableResult
    func retract(_ voter: User, for video: VideoID, at seconds: Double) async throws -> Bool {
        let now = time(seconds)
        return try await write { try $0.retractVote(by: voter.id, for: video, at: now) }
    }

    func video(_ id: VideoID) async throws -> Video { try require(try await read { try $0.video(id) }) }

    func ranking(cityKey: String? = nil, page: Page = Page()) async throws -> [RankingEntry] {
        try await read { try $0.ranking(cityKey: cityKey, page: page) }
    }

    func publicVideos(_ query: PublicVideoQuery = PublicVideoQuery()) async throws -> [VideoID] {
        try await read { try $0.publicVideos(query).map(\.video.id) }
    }

    /// Runs the body `count` times at once and answers how many times it said yes.
    func countYes(_ count: Int, _ body: @escaping @Sendable (Int) async throws -> Bool) async throws -> Int {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<count { group.addTask { try await body(index) } }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
    }
}
