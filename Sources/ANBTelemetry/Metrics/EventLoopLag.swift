import Metrics
public import NIOCore

/// How late event loops run what is due: what a request waits before anybody looks at it.
public struct EventLoopLag: Sendable {
    private static let interval = TimeAmount.milliseconds(250)

    private let group: any EventLoopGroup
    private let lag = Timer(label: "anb_event_loop_lag_seconds")

    public init(group: any EventLoopGroup) { self.group = group }

    /// Measures until the task is cancelled.
    public func run() async throws {
        let tasks = group.makeIterator().map { watch($0) }
        defer { for task in tasks { task.cancel() } }
        while true { try await Task.sleep(for: .seconds(3600)) }
    }

    private func watch(_ loop: any EventLoop) -> RepeatedTask {
        let due = DueTime(.now() + Self.interval)
        return loop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { [lag] _ in
            let now = NIODeadline.now()
            lag.recordNanoseconds(max(0, (now - due.value).nanoseconds))
            due.value = now + Self.interval
        }
    }
}

/// Of one loop, and touched on it only.
private final class DueTime: @unchecked Sendable {
    // Proof: made before the loop's task exists, then used by that task alone, which never runs twice at a time.
    var value: NIODeadline

    init(_ value: NIODeadline) { self.value = value }
}
