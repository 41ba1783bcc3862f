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
    ///   - clock: The time.
    ///   - ids: Identities and chance.
    /// - Throws: `ANBError.Code.misconfigured` when the URL is not valid.
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

    public func note(_ step: TryStep, _ buckets: [RateBucket]) async throws -> TryStanding {
        let numbers = buckets.flatMap { ["\($0.limit.millisecondsPerToken)", "\($0.limit.count)"] }
        let reply = try await client.run(
            Self.note, keys: buckets.map { prefix + $0.key }, arguments: [step.rawValue, "\(clock.now.milliseconds)"] + numbers)
        guard let items = reply.items, items.count == buckets.count + 1, let wait = items[0].text.flatMap(Double.init) else {
            throw ANBError.internal("Redis answered a try with \(reply)")
        }
        return TryStanding(
            wait: .milliseconds(Int64(wait.rounded(.up))), counted: items.dropFirst().map { $0.integer == 1 })
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

    /// As ``FailureMeter``. `ARGV`: the step, the time in ms, then ms a failure and how many are free of each key. Answers the
    /// wait in ms, and 1 or 0 for each key.
    private static let note = RedisScript(
        """
        local step, now, opens, answer = ARGV[1], tonumber(ARGV[2]), 0, {'0'}
        local saved = {}
        for i, key in ipairs(KEYS) do
          saved[i] = redis.call('HMGET', key, 'forgotten', 'opens')
          opens = math.max(opens, tonumber(saved[i][2] or 0))
          answer[i + 1] = 0
        end
        if step == 'began' and opens > now then
          answer[1] = string.format('%.6f', opens - now)
          return answer
        end
        local function wait(excess)
          return math.min(1000 * 2 ^ math.min(excess, 20), 900000)
        end
        for i, key in ipairs(KEYS) do
          local token, count = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
          local forgotten = math.max(tonumber(saved[i][1] or now), now)
          local open = tonumber(saved[i][2] or 0)
          local excess = math.max(math.ceil((forgotten - now) / token - 0.000001), 0) - count
          if step == 'began' and excess >= 0 then
            forgotten, open, answer[i + 1] = forgotten + token, now + wait(excess + 1), 1
          elseif step == 'failed' then
            forgotten = forgotten + token
            if excess + 1 >= 0 then open = math.max(open, now + wait(excess + 1)) end
          elseif step == 'passed' then
            forgotten, open = math.max(now, forgotten - token), 0
          elseif step == 'forgiven' then
            forgotten, open = 0, 0
          end
          local ends = math.max(forgotten, open)
          if ends > now then
            redis.call('HSET', key, 'forgotten', string.format('%.6f', forgotten), 'opens', string.format('%.6f', open))
            redis.call('PEXPIRE', key, math.ceil(ends - now) + 60000)
          else
            redis.call('DEL', key)
          end
        end
        return answer
        """)
}
