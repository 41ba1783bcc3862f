import ANBCore
import ANBPersistence
import ANBTesting
import Synchronization
import Testing

@Suite("MemoryDatabase")
struct MemoryDatabaseTests {
    @Test(arguments: DatabaseSuite.suite.cases)
    func database(_ rule: ConformanceCase<any Database>) async throws { try await rule.run(MemoryDatabase()) }

    @Test(arguments: LedgerSuite.suite.cases)
    func ledger(_ rule: ConformanceCase<any Database>) async throws { try await rule.run(MemoryDatabase()) }

    @Test func aCommitTellsEachRowOnceAndARollbackTellsNothing() async throws {
        let seen = Mutex<[[MemoryChange]]>([])
        let database = MemoryDatabase { changes in seen.withLock { $0.append(changes) } }
        let samples = Samples()
        let job = samples.job()
        try await database.withTransaction { try $0.insertUser(samples.user()) }
        await #expect(throws: ANBError.self) {
            try await database.withTransaction { transaction in
                try transaction.insertJob(job)
                try transaction.insertJob(job)
            }
        }
        #expect(seen.withLock { $0.isEmpty })

        try await database.withTransaction { transaction in
            try transaction.insertJob(job)
            try transaction.markRung([job.id], at: Samples.start)
        }
        let commits = seen.withLock { $0 }
        guard commits.count == 1, case .job(let old, let new) = commits[0].first, commits[0].count == 1 else {
            Issue.record("\(commits)")
            return
        }
        #expect(old == nil && new?.rungAt == Samples.start)
    }
}
