import ANBCore
import ANBTesting

/// Claims of one job at the same time, through each of the databases in turn.
/// - Returns: How many were told that the job is theirs.
func claimsThatWin(of count: Int, through databases: [any Database]) async throws -> Int {
    let job = Samples().job()
    try await databases[0].withTransaction { try $0.insertJob(job) }
    return try await withThrowingTaskGroup(of: Bool.self) { group in
        for index in 0..<count {
            group.addTask {
                let outcome = try await databases[index % databases.count].withTransaction {
                    try $0.claimJob(
                        job.id, worker: "w\(index)", lease: .seconds(30), limits: AttemptLimits(), now: Samples.start)
                }
                if case .claimed = outcome { return true }
                return false
            }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
}
