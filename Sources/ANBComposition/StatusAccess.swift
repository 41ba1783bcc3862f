package import ANBCore
import Logging

/// Reads how the platform is doing, for one command, and changes nothing.
/// - Throws: ``ANBError`` when the database cannot be used. A queue that cannot is said in the status.
package func readStatus(_ settings: Settings) async throws -> PlatformStatus {
    let logger = Logger(label: "anb-worker")
    return try await readingDatabase(settings) { database in
        do {
            return try await withSharedQueue(settings, logger) { queue in
                try await StatusReading(database: database, queue: queue).read()
            }
        } catch {
            var status = try await StatusReading(database: database, queue: nil).read()
            status.queueProblem = (error as? ANBError)?.operatorMessage ?? "\(error)"
            return status
        }
    }
}
