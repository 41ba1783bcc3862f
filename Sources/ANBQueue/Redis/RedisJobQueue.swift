public import ANBCore
import ANBRedis
public import Logging

/// A queue on a Redis server, shared by any number of processes: a stream with a consumer group.
///
/// Everything lies under one prefix, so that several platforms can share a server. A server that comes back without
/// its data is used at once; the outbox relay sends again what it lost. The server should run with the policy
/// `noeviction`, because to evict a key of the queue is to lose messages. Due times are told by the workers' clocks, as
/// leases are.
public struct RedisJobQueue: JobQueue {
    /// How the queue treats messages.
    public struct Rules: Hashable, Sendable {
        /// How long a delivery has before the message comes back; 1 ms to 12 h.
        public var visibility: Duration = .seconds(300)
        /// Deliveries of one message before it goes to the dead letters; 1 to 1,000.
        public var receivesMax = 3
        /// Dead letters kept, about; the oldest go first.
        public var deadLettersMax = 10_000

        /// The defaults.
        public init() {}
    }

    /// What a key may start with, at most.
    private static let prefixBytesMax = 100
    /// The longest wait that is asked of the server at once.
    private static let blockMax: Duration = .seconds(20)

    let client: RedisClient
    let keys: RedisQueueKeys
    let rules: Rules
    private let clock: any WallClock
    private let logger: Logger

    /// Connects with the first call; ``check()`` says whether that works.
    /// - Parameters:
    ///   - url: `redis://[[user]:password@]host[:port][/database]`, or `rediss://` for TLS with `?ssl_ca_certs=/path.pem` for
    ///     authorities that the system does not know.
    ///   - prefix: Start of every key, 1 to 100 bytes.
    ///   - rules: Times and counts of the queue.
    ///   - clock: The time.
    ///   - ids: Identities and chance.
    ///   - logger: For what is worth an operator's eye.
    /// - Throws: `ANBError.Code.misconfigured` when the URL or the prefix is not valid.
    public init(
        url: String, prefix: String = "anb:", rules: Rules = Rules(), clock: any WallClock = SystemClock(),
        ids: any IDGenerator = SystemIDs(), logger: Logger
    ) throws {
        // Braces would move the hash tag that keeps the keys of a queue together.
        guard (1...Self.prefixBytesMax).contains(prefix.utf8.count),
            !prefix.contains(where: { $0.isWhitespace || "{}".contains($0) })
        else {
            throw ANBError(
                .misconfigured, "REDIS_PREFIX must have 1 to \(Self.prefixBytesMax) bytes, without spaces and braces.")
        }
        client = try RedisClient(RedisEndpoint(url: url), clock: clock, ids: ids)
        keys = RedisQueueKeys(prefix: prefix)
        self.rules = rules
        self.clock = clock
        self.logger = logger
    }

    /// Closes the connections.
    public func close() async { await client.close() }

    public func send(_ messages: [JobMessage]) async throws {
        guard !messages.isEmpty else { return }
        let arguments = try messages.flatMap { [$0.jobID.description, try $0.json()] }
        _ = try await run(RedisQueueScripts.send, arguments)
    }

    public func receive(limit: Int, wait: Duration) async throws -> [JobDelivery] {
        try checkReceive(limit: limit, wait: wait)
        let end = clock.now + wait
        while true {
            try Task.checkCancellation()
            let taken = try await take(limit)
            let deliveries = await burying(taken.deliveries)
            if !deliveries.isEmpty { return deliveries }
            // What was not valid is gone; there may be more behind it.
            if !taken.deliveries.isEmpty { continue }
            let left = end - clock.now
            guard left > .zero else { return [] }
            try await waitForBell(after: taken.bell, atMost: min(left, taken.untilDue ?? left, Self.blockMax))
        }
    }

    public func extend(_ delivery: JobDelivery, by visibility: Duration) async throws {
        let receipt = try RedisReceipt(delivery.receipt)
        _ = try await run(RedisQueueScripts.extend, receipt.arguments + [Self.milliseconds(visibility)])
    }

    public func acknowledge(_ delivery: JobDelivery) async throws { try await acknowledge([delivery]) }

    public func acknowledge(_ deliveries: [JobDelivery]) async throws {
        guard !deliveries.isEmpty else { return }
        let receipts = try deliveries.flatMap { try RedisReceipt($0.receipt).arguments }
        _ = try await run(RedisQueueScripts.acknowledge, receipts)
    }

    public func giveBack(_ delivery: JobDelivery, after delay: Duration) async throws {
        let receipt = try RedisReceipt(delivery.receipt)
        _ = try await run(RedisQueueScripts.giveBack, receipt.arguments + [Self.milliseconds(delay)])
    }

    public func depth() async throws -> QueueDepth {
        let reply = try await run(RedisQueueScripts.depth, [])
        guard let counts = reply.items?.compactMap(\.integer).map({ Int($0) }), counts.count == 4 else {
            throw Self.strange(reply)
        }
        return QueueDepth(ready: max(0, counts[0]), inFlight: counts[1], delayed: counts[2], dead: counts[3])
    }

    /// A server that lost its data is told what it lost by the relay's later rounds.
    public var outlivesProcess: Bool { true }

    public func check() async throws {
        _ = try await client.send(RedisCommand("PING"))
    }

    func run(_ script: RedisScript, _ arguments: [String]) async throws -> RESPValue {
        try await client.run(script, keys: keys.all, arguments: ["\(clock.now.milliseconds)"] + arguments)
    }

    static func strange(_ reply: RESPValue) -> ANBError { .internal("Redis answered a script of the queue with \(reply)") }

    /// Rounded up, so that nothing is due before its time.
    private static func milliseconds(_ duration: Duration) -> String {
        String(max(0, (duration + .nanoseconds(999_999)).wholeMilliseconds))
    }
}

// MARK: - Receiving

extension RedisJobQueue {
    private struct Taken {
        var bell: String
        var untilDue: Duration?
        var deliveries: [RedisDelivery]
    }

    private func take(_ limit: Int) async throws -> Taken {
        let arguments = [
            String(limit), Self.milliseconds(rules.visibility), String(rules.receivesMax), String(rules.deadLettersMax),
        ]
        // What the server hands out must reach the caller, even one that was cancelled meanwhile.
        let reply = try await unstoppable { try await run(RedisQueueScripts.take, arguments) }
        guard let parts = reply.items, parts.count == 3, let bell = parts[0].text, let next = parts[1].integer,
            let values = parts[2].items
        else { throw Self.strange(reply) }
        let deliveries = try stride(from: 0, to: values.count - 2, by: 3).map { index in
            guard let delivery = RedisDelivery(values[index...].prefix(3)) else { throw Self.strange(reply) }
            return delivery
        }
        return Taken(bell: bell, untilDue: next < 0 ? nil : .milliseconds(next), deliveries: deliveries)
    }

    /// Returns when the bell rang, or the time has passed.
    private func waitForBell(after last: String, atMost wait: Duration) async throws {
        // Zero would be for ever.
        let milliseconds = max(1, wait.wholeMilliseconds)
        let command = RedisCommand("XREAD", "COUNT", "1", "BLOCK", String(milliseconds), "STREAMS", keys.bell, last)
        _ = try await client.sendBlocking(command, wait: .milliseconds(milliseconds))
    }

    /// Keeps the messages of ours and sends the rest to the dead letters.
    private func burying(_ deliveries: [RedisDelivery]) async -> [JobDelivery] {
        var valid: [JobDelivery] = []
        for delivery in deliveries {
            do {
                let message = try JobMessage(json: delivery.body)
                valid.append(
                    JobDelivery(message: message, receipt: delivery.receipt.text, receiveCount: delivery.receipt.receiveCount))
            } catch {
                await bury(delivery, because: error)
            }
        }
        return valid
    }

    /// A failure leaves it in flight, and it comes back: the valid messages beside it must reach their caller.
    private func bury(_ delivery: RedisDelivery, because error: any Error) async {
        let entry = Logger.MetadataValue.string(delivery.receipt.entry)
        logger.error(
            "a queue message is not valid; it goes to the dead letters", metadata: ["entry": entry, "error": "\(error)"])
        let reason = (error as? ANBError)?.operatorMessage ?? "\(error)"
        do {
            _ = try await run(RedisQueueScripts.bury, delivery.receipt.arguments + [reason, String(rules.deadLettersMax)])
        } catch {
            logger.warning("the message could not be moved yet", metadata: ["entry": entry, "error": "\(error)"])
        }
    }
}
