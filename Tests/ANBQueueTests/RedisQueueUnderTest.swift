import ANBCore
import ANBRedis
import ANBTesting
import Foundation
import Logging
import RedisTestServer

@testable import ANBQueue

/// A queue on a real server, under a prefix of its own, whose time a test moves by hand.
struct RedisQueueUnderTest {
    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    let queue: RedisJobQueue
    let clock: ManualClock
    let prefix: String

    init(
        url: String, prefix: String = "test-\(UUID().uuidString):", clock: ManualClock = ManualClock(),
        rules: RedisJobQueue.Rules = .forTests
    ) throws {
        self.prefix = prefix
        self.clock = clock
        queue = try RedisJobQueue(
            url: url, prefix: prefix, rules: rules, clock: clock, ids: SequentialIDs(), logger: Self.quiet)
    }

    /// Moves the clock, and has waiting receivers look at it: the server itself knows nothing of this time.
    func pass(_ duration: Duration) async throws {
        clock.advance(by: duration)
        _ = try await queue.client.send(RedisCommand("XADD", queue.keys.bell, "*", "time", "passed"))
    }

    /// Returns when that many receivers block on this server.
    func untilBlocked(_ count: Int = 1) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while try await blockedClients() < count {
            try expect(ContinuousClock.now < end, "nobody waits on the server")
            await Task.yield()
        }
    }

    func sendBody(_ body: String) async throws {
        _ = try await queue.client.send(RedisCommand("XADD", queue.keys.stream, "*", "body", body))
    }

    /// What the server holds under this prefix. For tests only: the platform itself never looks for keys.
    func keyNames() async throws -> [String] {
        try await queue.client.send(RedisCommand("KEYS", "\(prefix)*")).items?.compactMap(\.text) ?? []
    }

    private func blockedClients() async throws -> Int {
        let info = try await queue.client.send(RedisCommand("INFO", "clients")).text ?? ""
        let line = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("blocked_clients:") }
        return Int(line?.split(separator: ":").last ?? "0") ?? 0
    }
}

extension RedisJobQueue.Rules {
    static var forTests: Self {
        var rules = Self()
        rules.visibility = .seconds(30)
        rules.receivesMax = 3
        return rules
    }
}

extension JobQueueSuite.Subject {
    init(_ test: RedisQueueUnderTest) {
        self.init(
            queue: test.queue, visibility: .seconds(30), receivesMax: 3,
            pass: { try await test.pass($0) }, untilPolling: { try await test.untilBlocked() },
            sendBody: { try await test.sendBody($0) })
    }
}
