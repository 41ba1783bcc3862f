public import ANBCore
import ANBRedis

/// The boards' revision on a Redis server, for any number of processes.
public struct RedisBoardRevision: BoardRevision {
    private let client: RedisClient
    private let key: String
    /// Requests that come while the server is being asked share the next question.
    private let reading: Gathering<Void, Int64>

    /// Connects with the first call.
    /// - Parameters:
    ///   - url: `redis://[[user]:password@]host[:port][/database]`, or `rediss://` for TLS.
    ///   - prefix: Start of every key.
    ///   - clock: The time.
    ///   - ids: Identities and chance.
    /// - Throws: `ANBError.Code.misconfigured` when the URL is not valid.
    public init(
        url: String, prefix: String = "anb:", clock: any WallClock = SystemClock(), ids: any IDGenerator = SystemIDs()
    ) throws {
        let (client, key) = (try RedisClient(RedisEndpoint(url: url), clock: clock, ids: ids), "\(prefix)boards")
        self.client = client
        self.key = key
        reading = Gathering(countMax: .max) { requests in
            let answer: Result<Int64, any Error>
            do {
                answer = .success(try await Self.run(Self.read, client, key))
            } catch {
                answer = .failure(error)
            }
            return requests.map { answer }
        }
    }

    public var isShared: Bool { true }

    public func current() async throws -> Int64 { try await reading(()) }

    public func advance() async throws { _ = try await Self.run(Self.raise, client, key) }

    /// Whether the server answers.
    public func check() async throws { _ = try await client.send(RedisCommand("PING")) }

    /// Closes the connection.
    public func close() async { await client.close() }

    private static func run(_ script: RedisScript, _ client: RedisClient, _ key: String) async throws -> Int64 {
        let reply = try await client.run(script, keys: [key], arguments: [])
        guard let revision = reply.integer else { throw ANBError.internal("Redis answered a revision with \(reply)") }
        return revision
    }

    /// A server that has lost the number begins at its time in µs, which no count from an earlier time has reached.
    private static let begin = """
        local function begin()
          local time = redis.call('TIME')
          local first = time[1] .. string.format('%06d', time[2])
          redis.call('SET', KEYS[1], first)
          return first
        end
        """

    private static let read = RedisScript("\(begin) return redis.call('GET', KEYS[1]) or begin()")

    /// Read back as text: the number is larger than what Lua's numbers print in full.
    private static let raise = RedisScript(
        """
        \(begin)
        if redis.call('EXISTS', KEYS[1]) == 0 then begin() end
        redis.call('INCR', KEYS[1])
        return redis.call('GET', KEYS[1])
        """)
}
