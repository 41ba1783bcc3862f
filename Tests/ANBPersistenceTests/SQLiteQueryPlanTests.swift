import ANBCore
import ANBTesting
import Testing

@testable import ANBPersistence

/// Every list is read from an index in its order: nothing is sorted, no votes are added up.
@Suite("SQLite query plans")
struct SQLiteQueryPlanTests {
    private static let somebody: UserID = SequentialIDs().next()
    private static let position = PublicVideoQuery.Position(votes: 3, at: Samples.start, id: SequentialIDs().next())

    /// A read, and the index it must walk along.
    struct Plan: CustomStringConvertible {
        var description: String
        var index: String
        /// Whether the few rows of the page, once found, are put in order again.
        var sortsItsPage = false
        var read: @Sendable (any ReadScope) throws -> Void
    }

    static let plans: [Plan] = [
        Plan(description: "ranking", index: "ranking", sortsItsPage: true) { _ = try $0.ranking(cityKey: nil, page: Page()) },
        Plan(description: "ranking of a city", index: "ranking_of_city", sortsItsPage: true) {
            _ = try $0.ranking(cityKey: "cali", page: Page())
        },
        Plan(description: "my videos", index: "videos_of_owner") {
            _ = try $0.videos(ownedBy: somebody, page: Page())
        },
        Plan(description: "lists of several players", index: "videos_of_owner") {
            _ = try $0.videos(ofActive: [(somebody, Page())])
        },
        Plan(description: "due webhooks", index: "webhook_events_due") {
            _ = try ($0 as? SQLScope)?.all(SQLScope.dueWebhooks, [Samples.start, 10]) { try $0.text() }
        },
        Plan(description: "my votes", index: "votes_of_voter") { _ = try $0.votedVideos(of: somebody, page: Page()) },
        Plan(description: "count of votes", index: "votes_for_video") {
            _ = try $0.countVotes(for: SequentialIDs().next())
        },
        Plan(description: "expired uploads", index: "uploads_by_expiry") {
            _ = try $0.uploads(expiredBefore: Samples.start, limit: 10)
        },
        Plan(description: "expired uploads in parts", index: "upload_sessions_by_expiry") {
            _ = try $0.uploadSessions(expiredBefore: Samples.start, limit: 10)
        },
        Plan(description: "open uploads of a player", index: "upload_sessions_of_owner") {
            _ = try $0.countOpenUploadSessions(ownedBy: somebody)
        },
        Plan(description: "full uploads", index: "upload_sessions_full") {
            _ = try $0.fullUploadSessions(now: Samples.start, limit: 10)
        },
        Plan(description: "jobs to ring", index: "jobs_due") {
            _ = try $0.jobsToRing(now: Samples.start, rungBefore: Samples.start, limit: 10)
        },
        Plan(description: "count of jobs", index: "jobs_by_state") { _ = try $0.countJobs(in: .ready) },
        publicList(.votes, city: nil, "open_videos_by_votes"),
        publicList(.new, city: nil, "open_videos_by_age"),
        publicList(.votes, city: "cali", "open_videos_by_city_and_votes"),
        publicList(.new, city: "cali", "open_videos_by_city_and_age"),
        publicList(.votes, city: nil, after: position, "open_videos_by_votes"),
        publicList(.new, city: "cali", after: position, "open_videos_by_city_and_age"),
    ]

    private static func publicList(
        _ sort: PublicVideoQuery.Sort, city: String?, after: PublicVideoQuery.Position? = nil, _ index: String
    ) -> Plan {
        let query = PublicVideoQuery(cityKey: city, sort: sort, after: after)
        return Plan(description: "public list \(query)", index: index) { _ = try $0.publicVideos(query) }
    }

    @Test(arguments: plans)
    func walksAlongItsIndex(_ plan: Plan) async throws {
        var steps = try await TemporarySQLite.withDatabase { try await explain(plan.read, on: $0) }
        if plan.sortsItsPage {
            // `t` is the page; the index comes within it.
            #expect(steps.first == "MATERIALIZE t", "\(steps)")
            steps.removeAll { ["MATERIALIZE t", "SCAN t", "USE TEMP B-TREE FOR ORDER BY"].contains($0) }
        }
        #expect(steps.contains { $0.contains("INDEX \(plan.index)") && !$0.contains("AUTOMATIC") }, "\(steps)")
        #expect(!steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
        #expect(
            steps.allSatisfy { $0.hasPrefix("SEARCH") || $0.contains("USING") || $0.hasPrefix("SCALAR SUBQUERY") }, "\(steps)")
    }

    @Test func thePositionInTheQueueReadsItsIndex() async throws {
        let job = Samples().job()
        let steps = try await TemporarySQLite.withDatabase { database in
            try await database.withTransaction { try $0.insertJob(job) }
            return try await explain({ _ = try $0.positionInQueue(job.id, now: Samples.start) }, on: database)
        }
        #expect(steps.contains { $0.contains("INDEX jobs_waiting") }, "\(steps)")
    }

    /// The plan of each statement that the read runs.
    private func explain(
        _ read: @escaping @Sendable (any ReadScope) throws -> Void, on database: SQLiteDatabase
    ) async throws -> [String] {
        try await database.inSnapshot { scope in
            let explaining = ExplainingConnection(below: scope.connection)
            try read(SQLScope(connection: explaining))
            return explaining.steps
        }
    }
}

/// Asks SQLite for the plan of each query before running it.
private final class ExplainingConnection: SQLConnection {
    private let below: any SQLConnection
    private(set) var steps: [String] = []

    init(below: any SQLConnection) { self.below = below }

    func query(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] {
        steps += try below.query("EXPLAIN QUERY PLAN " + sql, values).map { row in
            var row = row
            for _ in 0..<3 { _ = try row.int() }
            return try row.text()
        }
        return try below.query(sql, values)
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int { try below.execute(sql, values) }
}
