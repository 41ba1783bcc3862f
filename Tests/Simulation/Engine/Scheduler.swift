import CTaskHook

/// Runs tasks of many simulated processes on one thread, in an order that a seed decides, in a time that passes only when
/// nothing can run.
///
/// Every job of Swift's runtime that becomes ready by something on this thread comes here: child tasks, continuations and
/// unstructured tasks alike. One of them, by chance, runs next. So the same seed gives the same run, in every process.
///
/// Sendable without a lock: only its own thread touches it.
final class Scheduler: @unchecked Sendable {
    /// Steps in which everything must end when it is told to.
    private static let reapingStepsMax = 100_000

    private struct Ready {
        var job: UnsafeMutableRawPointer
        var process: Int
    }

    private struct Wait {
        var continuation: UnsafeContinuation<Void, any Error>
        var process: Int
    }

    /// Milliseconds since 1970, without any process's skew.
    private(set) var now: Int64 = 1_750_000_000_000
    let startedAt: Int64
    private(set) var steps = 0
    private(set) var processes: [SimulatedProcess] = []
    /// Whose code runs now.
    private(set) var current: SimulatedProcess
    /// Outside of every program: people, the network, the services' own machines. It never dies.
    let outside: SimulatedProcess
    let trace: Trace
    private var chance: Chance
    private var ready: [Ready] = []
    private var waits: [Int: Wait] = [:]
    private var waitCount = 0
    private var timers = TimerHeap()

    init(seed: UInt64, trace: Trace) {
        chance = Chance(seed: seed, stream: 1)
        outside = SimulatedProcess(index: 0, name: "outside", skew: 0)
        current = outside
        startedAt = now
        self.trace = trace
        processes = [outside]
    }

    // MARK: - The thread

    /// Makes this thread the simulation's for as long as `body` runs.
    func hooked<Value>(_ body: () throws -> Value) rethrows -> Value {
        let context = Unmanaged.passUnretained(self).toOpaque()
        anb_task_hook_begin({ Unmanaged<Scheduler>.fromOpaque($0).takeUnretainedValue().accept($1) }, context)
        defer { anb_task_hook_end() }
        return try body()
    }

    private func accept(_ job: UnsafeMutableRawPointer) {
        ready.append(Ready(job: job, process: current.index))
    }

    /// Runs what is ready, in random order; when nothing is, time goes on to the next timer.
    /// - Returns: Whether `condition` ended it; if not, nothing is left to happen.
    @discardableResult
    func run(while condition: () -> Bool) -> Bool {
        while condition() {
            if let next = takeReady() { run(next) } else if !fireTimers() { return false }
        }
        return true
    }

    private func run(_ next: Ready) {
        steps += 1
        current = processes[next.process]
        trace.mix(UInt64(truncatingIfNeeded: next.process), UInt64(truncatingIfNeeded: now))
        anb_task_hook_run(next.job)
        current = outside
    }

    private func takeReady() -> Ready? {
        while !ready.isEmpty {
            ready.swapAt(chance.below(ready.count), ready.count - 1)
            let next = ready.removeLast()
            switch processes[next.process].state {
            case .running, .reaped: return next
            case .paused, .dead: processes[next.process].parked.append(next.job)
            }
        }
        return nil
    }

    /// Everything that is due next, together.
    private func fireTimers() -> Bool {
        while let next = timers.first {
            guard isPending(next.action) else {
                _ = timers.removeFirst()
                continue
            }
            now = max(now, next.at)
            while let due = timers.first, due.at <= now {
                switch timers.removeFirst().action {
                case .wake(let wait): wake(wait)
                case .run(let body): body()
                }
            }
            return true
        }
        return false
    }

    private func isPending(_ action: TimerHeap.Action) -> Bool {
        if case .wake(let wait) = action { waits[wait] != nil } else { true }
    }

    // MARK: - Waiting

    func newWait() -> Int {
        waitCount += 1
        return waitCount
    }

    /// Suspends the calling task until somebody wakes it, the time comes, or it is cancelled.
    /// - Parameter isInterruptible: Whether a cancellation ends it.
    func wait(_ id: Int, until time: Int64? = nil, isInterruptible: Bool = true) async throws {
        guard isInterruptible else { return try await suspend(id, until: time, unlessCancelled: false) }
        try await withTaskCancellationHandler {
            try await suspend(id, until: time, unlessCancelled: true)
        } onCancel: {
            wake(id, throwing: CancellationError())
        }
    }

    private func suspend(_ id: Int, until time: Int64?, unlessCancelled: Bool) async throws {
        try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
            if current.state == .reaped || unlessCancelled && Task.isCancelled {
                return continuation.resume(throwing: CancellationError())
            }
            waits[id] = Wait(continuation: continuation, process: current.index)
            if let time { timers.add(.wake(id), at: time) }
        }
    }

    /// Ends a wait; harmless when it is over.
    func wake(_ id: Int, throwing error: (any Error)? = nil) {
        guard let wait = waits.removeValue(forKey: id) else { return }
        asProcess(wait.process) {
            if let error { wait.continuation.resume(throwing: error) } else { wait.continuation.resume() }
        }
    }

    func sleep(_ milliseconds: Int64, isInterruptible: Bool = true) async throws {
        try await wait(newWait(), until: now + max(0, milliseconds), isInterruptible: isInterruptible)
    }

    /// Runs `body` after some time, outside of every process.
    func after(_ milliseconds: Int64, _ body: @escaping () -> Void) {
        timers.add(.run(body), at: now + milliseconds)
    }

    /// Does something in the name of a process from outside, so that what becomes ready by it belongs to that process.
    func asProcess<Value>(_ process: SimulatedProcess, _ body: () -> Value) -> Value { asProcess(process.index, body) }

    private func asProcess<Value>(_ index: Int, _ body: () -> Value) -> Value {
        let before = current
        current = processes[index]
        defer { current = before }
        return body()
    }

    // MARK: - Processes

    func startProcess(_ name: String, skew: Int64 = 0) -> SimulatedProcess {
        let process = SimulatedProcess(index: processes.count, name: name, skew: skew)
        processes.append(process)
        return process
    }

    @discardableResult
    func spawn(on process: SimulatedProcess, _ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        process.spawned += 1
        let id = process.spawned
        let task = asProcess(process.index) {
            Task(priority: .medium) {
                await body()
                process.tasks[id] = nil
            }
        }
        process.tasks[id] = task
        return task
    }

    /// From now on nothing of it runs.
    func kill(_ process: SimulatedProcess) {
        if process.state == .running || process.state == .paused { process.state = .dead }
    }

    func pause(_ process: SimulatedProcess) {
        if process.state == .running { process.state = .paused }
    }

    func unpause(_ process: SimulatedProcess) {
        if process.state == .paused { release(process, as: .running) }
    }

    private func release(_ process: SimulatedProcess, as state: SimulatedProcess.State) {
        process.state = state
        ready += process.parked.map { Ready(job: $0, process: process.index) }
        process.parked = []
    }

    /// Ends every task of every process without any effect, so that nothing of the simulation is left in memory.
    /// - Returns: The processes of which something would not end.
    func reap() -> [SimulatedProcess] {
        for process in processes { release(process, as: .reaped) }
        for process in processes {
            for id in process.tasks.keys.sorted() { process.tasks[id]?.cancel() }
        }
        let stepsBefore = steps
        for id in waits.keys.sorted() { wake(id, throwing: CancellationError()) }
        while steps < stepsBefore + Self.reapingStepsMax, let next = takeReady() { run(next) }
        return processes.filter { !$0.tasks.isEmpty }
    }
}
