public import ANBCore
import ANBRedis

/// Counts on a Redis server, for any number of processes. Time is told by the processes' clocks, as for leases.
public struct RedisRateLimiter: RateLimiter {
    private let client: RedisClient
    private let prefix: String
    private let clock: any WallClock

    /// Connects with the first call.
    /// - Parameters:
    ///   - url: `redis://[[user]:password@]host[:port][/database]`, or `rediss://` for TLS.
    ///   - prefix: Start of every key.
    /// - Throws: ``ANBError/Code/misconfigured`` when the URL is not valid.
    public init(
        url: String, prefix: String = "anb:", clock: any WallClock = SystemClock(), ids: any IDGenerator = SystemIDs()
    ) throws {
        client = try RedisClient(RedisEndpoint(url: url), clock: clock, ids: ids)
        // The braces keep all buckets on one node of servers that are clusters inside.
        self.prefix = "\(prefix){rates}:"
        self.clock = clock
    }

    /// Whether the server answers.
    public func check() async throws { _ = try await client.send(RedisCommand("PING")) }

    /// Closes the connection.
    public func close() async { await client.close() }

    public func take(_ buckets: [RateBucket]) async throws -> RateDecision {
        let now = clock.now.milliseconds
        let numbers = buckets.flatMap { ["\($0.limit.millisecondsPerToken)", "\($0.limit.period.wholeMilliseconds)"] }
        let reply = try await client.run(Self.take, keys: buckets.map { prefix + $0.key }, arguments: ["\(now)"] + numbers)
        guard let items = reply.items, items.count == buckets.count + 1, let isAllowed = items[0].integer else {
            throw ANBError.internal("Redis answered a rate with \(reply)")
        }
        let decisions = zip(buckets, items.dropFirst()).map { bucket, fullAt in
            RateMeter.decision(
                bucket.limit, isAllowed: isAllowed == 1, fullAt: fullAt.text.flatMap(Double.init), now: Double(now))
        }
        return try RateDecision.tightest(decisions)
    }

    /// As ``RateMeter``. The server forgets a bucket a minute after it is full, so that clocks may differ. `ARGV`: the time in ms, then ms a token and ms a period of each key. Answers 1 or 0, and when
    /// each bucket is full again.
    private static let take = RedisScript(
        """
        local now, next, allowed = tonumber(ARGV[1]), {}, 1
        local answer = {allowed}
        for i, key in ipairs(KEYS) do
          local token, period = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
          local full = tonumber(redis.call('GET', key) or now)
          next[i] = math.max(full, now) + token
          if next[i] - now > period + 0.001 then allowed = 0 end
          answer[i + 1] = string.format('%.6f', full)
        end
        answer[1] = allowed
        if allowed == 1 then
          for i, key in ipairs(KEYS) do
            answer[i + 1] = string.format('%.6f', next[i])
            redis.call('SET', key, answer[i + 1], 'PX', math.ceil(next[i] - now) + 60000)
          end
        end
        return answer
        """)
}
