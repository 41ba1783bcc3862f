import ANBCore
import Foundation

/// Jobs that do nothing.
enum BenchJobs {
    static let kind = Job.Kind(rawValue: "bench.nothing")
    private static let batchCount = 500

    /// Puts that many jobs into the ledger.
    static func insert(_ count: Int, into database: any Database) async throws -> [Job] {
        let ids = SystemIDs()
        let jobs = (0..<count).map { _ in
            Job(
                id: ids.next(), kind: kind, videoID: ids.next(), userID: ids.next(), correlationID: "bench",
                createdAt: SystemClock().now)
        }
        for start in stride(from: 0, to: count, by: batchCount) {
            let batch = jobs[start..<min(start + batchCount, count)]
            try await database.withTransaction { for job in batch { try $0.insertJob(job) } }
        }
        return jobs
    }
}

/// The machine's time in µs: one clock for all processes.
func microseconds() -> Int64 { Int64(Date().timeIntervalSince1970 * 1e6) }
