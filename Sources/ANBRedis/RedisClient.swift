package import ANBCore
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A Redis server as the platform uses it: commands of all tasks share one connection, commands that block get
/// connections of their own, and a lost connection is made again by the next command.
///
/// After a failed attempt the next one waits its turn: until then commands fail at once, so that a server that is
/// away costs its callers no time and comes back without a rush.
package final class RedisClient: Sendable {
    /// How long a server may take, and how soon it is tried again.
    package struct Timing: Sendable {
        /// For a connection, for signing in, and for an answer beyond the time a command asked to block.
        package var answerLimit: Duration = .seconds(5)
        package var backoffMin: Duration = .milliseconds(50)
        package var backoffMax: Duration = .seconds(2)

        package init() {}
    }

    private struct State {
        var shared: EventLoopFuture<RedisConnection>?
        /// Connections for blocking commands that nobody uses now.
        var idle: [RedisConnection] = []
        var failures = 0
        var retryAt: Timestamp?
        var isClosed = false
    }

    /// Connections for blocking commands that are kept when nobody uses them: one for each slot of a large worker.
    private static let idleMax = 64

    package let endpoint: RedisEndpoint
    private let timing: Timing
    private let tls: NIOSSLContext?
    private let clock: any WallClock
    private let ids: any IDGenerator
    private let state = Mutex(State())

    /// Connects with the first command.
    /// - Throws: ``ANBError/Code/misconfigured`` when the TLS settings cannot be used.
    package init(
        _ endpoint: RedisEndpoint, timing: Timing = Timing(), clock: any WallClock = SystemClock(),
        ids: any IDGenerator = SystemIDs()
    ) throws {
        self.endpoint = endpoint
        self.timing = timing
        self.clock = clock
        self.ids = ids
        tls = try RedisConnection.tlsContext(endpoint)
    }

    /// Sends a command and waits for its answer. A cancelled task stops waiting at once; the command may still run.
    /// - Throws: ``ANBError`` also for an error the server answers; its cause is then the ``RedisServerError``.
    package func send(_ command: RedisCommand) async throws -> RESPValue {
        let connection = try await shared().valueUnlessCancelled()
        let answer = connection.send(command, limit: TimeAmount(timing.answerLimit))
        return try check(await answer.valueUnlessCancelled())
    }

    /// Sends a command that makes the server wait, on a connection of its own.
    /// - Parameter wait: How long the command asked the server to wait.
    package func sendBlocking(_ command: RedisCommand, wait: Duration) async throws -> RESPValue {
        let connection = try await borrow()
        do {
            let answer = connection.send(command, limit: TimeAmount(wait + timing.answerLimit))
            let reply = try await answer.valueUnlessCancelled()
            giveBack(connection)
            return try check(reply)
        } catch {
            // Its answer may still come; only a new connection is sure to be in step.
            if !(error is ANBError) || !connection.isOpen { connection.close() }
            throw error
        }
    }

    /// Closes every connection; commands on their way fail, later ones too.
    package func close() async {
        let (shared, idle) = state.withLock { state in
            defer { (state.shared, state.idle, state.isClosed) = (nil, [], true) }
            return (state.shared, state.idle)
        }
        idle.forEach { $0.close() }
        guard let connection = try? await shared?.get() else { return }
        connection.close()
        try? await connection.closed.get()
    }

    private func check(_ reply: RESPValue) throws -> RESPValue {
        if case .error(let error) = reply { throw RedisFailure.refused(error, by: endpoint) }
        return reply
    }
}

// MARK: - Connections

extension RedisClient {
    private func shared() throws -> EventLoopFuture<RedisConnection> {
        let (shared, begun) = try state.withLock { state in
            try admit(state)
            if let shared = state.shared { return (shared, EventLoopPromise<RedisConnection>?.none) }
            try admitAttempt(state)
            let promise = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: RedisConnection.self)
            state.shared = promise.futureResult
            return (promise.futureResult, promise)
        }
        if let begun {
            shared.whenComplete { self.sharedOpened($0) }
            open(on: shared.eventLoop).cascade(to: begun)
        }
        return shared
    }

    private func sharedOpened(_ result: Result<RedisConnection, any Error>) {
        guard case .success(let connection) = result else { return state.withLock { $0.shared = nil } }
        connection.closed.whenComplete { _ in self.state.withLock { $0.shared = nil } }
        if state.withLock(\.isClosed) { connection.close() }
    }

    private func borrow() async throws -> RedisConnection {
        let idle = try state.withLock { state -> RedisConnection? in
            try admit(state)
            state.idle.removeAll { !$0.isOpen }
            if let connection = state.idle.popLast() { return connection }
            try admitAttempt(state)
            return nil
        }
        if let idle { return idle }
        let opening = open(on: MultiThreadedEventLoopGroup.singleton.next())
        do {
            return try await opening.valueUnlessCancelled()
        } catch {
            opening.whenSuccess { $0.close() }
            throw error
        }
    }

    private func giveBack(_ connection: RedisConnection) {
        let isKept = state.withLock { state in
            guard !state.isClosed, state.idle.count < Self.idleMax else { return false }
            state.idle.append(connection)
            return true
        }
        if !isKept { connection.close() }
    }

    private func open(on loop: any EventLoop) -> EventLoopFuture<RedisConnection> {
        let opening = RedisConnection.open(endpoint, tls: tls, on: loop, limit: TimeAmount(timing.answerLimit))
        opening.whenComplete { result in
            let now = self.clock.now
            switch result {
            case .success: self.state.withLock { ($0.failures, $0.retryAt) = (0, nil) }
            case .failure: self.state.withLock { self.postpone(&$0, now) }
            }
        }
        return opening
    }

    private func admit(_ state: borrowing State) throws {
        if state.isClosed { throw ANBError.unavailable("the client of Redis at \(endpoint) was closed") }
    }

    private func admitAttempt(_ state: borrowing State) throws {
        let now = clock.now
        guard let retryAt = state.retryAt, retryAt > now else { return }
        throw ANBError.unavailable("Redis at \(endpoint) could not be reached just now", after: retryAt - now)
    }

    /// Exponential with full jitter.
    private func postpone(_ state: inout State, _ now: Timestamp) {
        let ceiling = min(timing.backoffMax, timing.backoffMin * (1 << min(state.failures, 16)))
        state.failures += 1
        state.retryAt = now + ceiling * ids.fraction()
    }
}
