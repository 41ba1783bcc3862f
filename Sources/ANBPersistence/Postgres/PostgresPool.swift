import ANBCore
import Dispatch
import Foundation
import Synchronization

/// Threads with one connection each, and the work that waits for one of them.
///
/// libpq's calls wait, so they never run on the cooperative pool. A thread starts when work finds no idle one, and ends
/// with its connection when it had nothing to do for a while.
final class PostgresPool: Sendable {
    private struct Item {
        var work: @Sendable (PostgresSession) -> Void
        var refuse: @Sendable (ANBError) -> Void
        var limit: DispatchTime
    }

    private struct State {
        var waiting: [Item] = []
        var threads = 0
        var idle = 0
        var isClosed = false
        var hasTimer = false
        var closers: [CheckedContinuation<Void, Never>] = []
    }

    private let address: PostgresAddress
    private let settings: PostgresSettings
    private let ids: any IDGenerator
    private let state = Mutex(State())
    /// One signal per item that was added.
    private let bell = DispatchSemaphore(value: 0)

    init(_ address: PostgresAddress, _ settings: PostgresSettings, ids: any IDGenerator) {
        self.address = address
        self.settings = settings
        self.ids = ids
    }

    /// Runs `work` on the next free connection. Cancelling the task changes nothing.
    /// - Throws: ``ANBError/Code/overloaded`` when too many wait, or waited too long, for a connection;
    ///   ``ANBError/Code/unavailable`` after ``close()``; what `work` throws.
    func run<Value: Sendable>(_ work: @escaping @Sendable (PostgresSession) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            add(
                Item(
                    work: { session in continuation.resume(with: Result { try work(session) }) },
                    refuse: { continuation.resume(throwing: $0) },
                    limit: .now() + settings.waitSecondsMax))
        }
    }

    /// How many transactions wait for a connection now.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Refuses new work, ends what waits, and returns when the last connection is closed.
    func close() async {
        shutDown()
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.threads > 0 { state.closers.append(continuation) }
                return state.threads == 0
            }
            if isDone { continuation.resume() }
        }
    }

    /// Like ``close()``, without waiting for what runs.
    func shutDown() {
        let (refused, threads) = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return (state.waiting, state.threads)
        }
        refused.forEach { $0.refuse(closed) }
        for _ in 0..<threads { bell.signal() }
    }

    private var closed: ANBError { .unavailable("\(address.label): the pool is closed") }

    // MARK: - Adding work

    private func add(_ item: Item) {
        enum Verdict { case added(needsThread: Bool, needsTimer: Bool), closed, full }
        let verdict: Verdict = state.withLock { state in
            if state.isClosed { return .closed }
            if state.waiting.count >= settings.waitingCountMax { return .full }
            state.waiting.append(item)
            let needsThread = state.waiting.count > state.idle && state.threads < settings.connectionsMax
            if needsThread { state.threads += 1 }
            defer { state.hasTimer = true }
            return .added(needsThread: needsThread, needsTimer: !state.hasTimer)
        }
        switch verdict {
        case .closed: item.refuse(closed)
        case .full: item.refuse(overloaded("\(settings.waitingCountMax) transactions already wait for a connection"))
        case .added(let needsThread, let needsTimer):
            if needsThread { startThread() }
            if needsTimer { setTimer(item.limit) }
            bell.signal()
        }
    }

    private func overloaded(_ reason: String) -> ANBError {
        ANBError(
            .overloaded, "Too many requests at the moment. Please try again in a few seconds.",
            operatorMessage: "\(address.label): \(reason)", recovery: .retryLater(after: .seconds(1)))
    }

    /// One timer watches the item that waits longest; all wait equally long.
    private func setTimer(_ limit: DispatchTime) {
        DispatchQueue.global().asyncAfter(deadline: limit) { [weak self] in self?.refuseLate() }
    }

    private func refuseLate() {
        let now = DispatchTime.now()
        let (late, next) = state.withLock { state in
            let late = state.waiting.prefix { $0.limit <= now }
            state.waiting.removeFirst(late.count)
            state.hasTimer = !state.waiting.isEmpty
            return (late, state.waiting.first?.limit)
        }
        let reason = "no connection of \(settings.connectionsMax) was free for \(settings.waitSecondsMax) s"
        late.forEach { $0.refuse(overloaded(reason)) }
        if let next { setTimer(next) }
    }

    // MARK: - Threads

    private func startThread() {
        let thread = Thread { self.serve() }
        thread.name = "anb.postgres"
        thread.start()
    }

    private func serve() {
        do {
            let session = PostgresSession(address, settings, ids: ids)
            while let work = nextWork() { work(session) }
        }
        let closers = state.withLock { state in
            state.threads -= 1
            defer { if state.threads == 0 { state.closers = [] } }
            return state.threads == 0 ? state.closers : []
        }
        closers.forEach { $0.resume() }
    }

    /// - Returns: `nil` when the thread shall end.
    private func nextWork() -> (@Sendable (PostgresSession) -> Void)? {
        state.withLock { $0.idle += 1 }
        while true {
            let isIdle = bell.wait(timeout: .now() + settings.idleSecondsMax) == .timedOut
            let (work, ends) = state.withLock { state -> ((@Sendable (PostgresSession) -> Void)?, Bool) in
                let work = state.waiting.isEmpty ? nil : state.waiting.removeFirst().work
                let ends = work == nil && (isIdle || state.isClosed)
                if work != nil || ends { state.idle -= 1 }
                return (work, ends)
            }
            if work != nil || ends { return work }
        }
    }
}
