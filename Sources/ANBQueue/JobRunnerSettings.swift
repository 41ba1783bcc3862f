public import ANBCore

/// How a ``JobRunner`` works.
public struct JobRunnerSettings: Hashable, Sendable {
    /// Names this process in the ledger, for operators.
    public var worker: String
    /// Jobs that run at the same time, but for those that are nearly done; at least 1.
    public var slots: Int
    /// How long a claim holds without a heartbeat.
    public var lease: Duration
    /// Between two heartbeats; well below ``lease``.
    public var heartbeatInterval: Duration
    /// Between two notes of a run's progress in the ledger, while it moves; at most ``heartbeatInterval``.
    public var progressInterval: Duration
    /// A run that reports nothing for this long counts as failed.
    public var stuckAfter: Duration
    /// A run that waits for its turn for this long is given back, with nothing counted. Longer than anything may hold a turn that
    /// still answers: a transcode is ended after 15 minutes.
    public var turnWaitMax: Duration
    /// How long one look at the queue waits; at most 20 s.
    public var longPoll: Duration
    /// How long each heartbeat keeps the queue from delivering the message again. As long as the lease unless said
    /// otherwise: on a queue that keeps groups in order, the message of a dead worker holds up its player's other jobs.
    public var visibility: Duration
    /// How long runs may go on after a shutdown began, before they are cancelled and given back.
    public var drainBudget: Duration
    /// When the ledger gives up on a job.
    public var limits: AttemptLimits

    /// The contest's own times.
    public init(
        worker: String, slots: Int = 1, lease: Duration = .seconds(30), heartbeatInterval: Duration = .seconds(10),
        progressInterval: Duration = .seconds(1), stuckAfter: Duration = .seconds(60), turnWaitMax: Duration = .seconds(1200),
        longPoll: Duration = .seconds(20), visibility: Duration? = nil, drainBudget: Duration = .seconds(25),
        limits: AttemptLimits = AttemptLimits()
    ) {
        self.worker = worker
        self.slots = slots
        self.lease = lease
        self.heartbeatInterval = heartbeatInterval
        self.progressInterval = min(progressInterval, heartbeatInterval)
        self.stuckAfter = stuckAfter
        self.turnWaitMax = turnWaitMax
        self.longPoll = longPoll
        self.visibility = visibility ?? lease
        self.drainBudget = drainBudget
        self.limits = limits
    }

    /// Between the runs of a failing job.
    static let retryBackoff = Backoff(base: .seconds(1), cap: .seconds(60))
    /// Between attempts to reach a queue or a ledger that does not answer.
    static let outageBackoff = Backoff(base: .seconds(1), cap: .seconds(30))
    /// Between attempts to write down a claim or how a run ended.
    static let settleBackoff = Backoff(base: .milliseconds(200), cap: .seconds(5))
    /// How often a claim is tried before the message is given back, and a run's end before the lease is left to end.
    static let settleAttemptsMax = 6
}
