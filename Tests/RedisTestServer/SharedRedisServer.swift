/// One server for all tests of a process that only need a prefix of their own.
package actor SharedRedisServer {
    package static let shared = SharedRedisServer()

    private var starting: Task<RedisTestServer, any Error>?

    /// The server's URL.
    package func url() async throws -> String {
        let task = starting ?? Task { try await RedisTestServer.start() }
        starting = task
        return try await task.value.url
    }
}
