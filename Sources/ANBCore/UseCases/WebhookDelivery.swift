import Foundation
public import Logging
import Metrics

/// Sends events of videos to the embedder, each until its receiver answers 2xx, at least once. Any number of processes may
/// do it: taking an event puts off its next try, so nobody else sends it meanwhile, and whoever died is followed by another.
public struct WebhookDelivery: Sendable {
    /// Tries of one event.
    static let attemptsMax = 20
    /// Since it happened, or was replayed; the try under way then is the last.
    static let ageMax = Duration.seconds(72 * 3600)
    /// How long a try may take before somebody else tries.
    static let lease = Duration.seconds(60)
    /// Events that are sent side by side.
    static let batchCountMax = 16
    private static let firstDelay = Duration.seconds(1)
    private static let delayFactor = 3
    private static let delayMax = Duration.seconds(6 * 3600)
    /// Characters.
    private static let problemMax = 300

    private let database: any Database
    private let receiver: any WebhookReceiver
    private let signer: WebhookSigner
    private let clock: any WallClock
    private let ids: any IDGenerator
    private let logger: Logger
    private let delivered = Self.counter("delivered")
    private let failed = Self.counter("failed")
    private let givenUp = Self.counter("given_up")

    /// Sends nothing before ``run(every:)`` or ``deliverDue()``.
    public init(
        database: any Database, receiver: any WebhookReceiver, signer: WebhookSigner, clock: any WallClock = SystemClock(),
        ids: any IDGenerator = SystemIDs(), logger: Logger
    ) {
        self.database = database
        self.receiver = receiver
        self.signer = signer
        self.clock = clock
        self.ids = ids
        self.logger = logger
    }

    /// Sends until the task is cancelled; what is on its way then is settled first.
    public func run(every interval: Duration = .seconds(1)) async throws {
        while !Task.isCancelled {
            do {
                if try await unstoppable({ try await deliverDue() }) == Self.batchCountMax { continue }
            } catch {
                logger.warning("webhooks could not be sent; the next round tries again", metadata: ["error": "\(error)"])
            }
            try await clock.sleep(for: interval)
        }
    }

    /// One round.
    /// - Returns: How many events were tried.
    @discardableResult
    public func deliverDue() async throws -> Int {
        let now = clock.now
        let events = try await database.withTransaction {
            try $0.takeWebhookEvents(now: now, until: now + Self.lease, limit: Self.batchCountMax)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for event in events { group.addTask { try await deliver(event) } }
            try await group.waitForAll()
        }
        return events.count
    }

    private func deliver(_ event: WebhookEvent) async throws {
        // Whoever sends it dies every time: that must end too.
        if event.attempts > Self.attemptsMax { return try await settle(event, "no try came to its end", next: nil) }
        guard let problem = await problem(of: event) else {
            try await database.withTransaction { try $0.removeWebhookEvent(event.id) }
            delivered.increment()
            logger.info("a webhook was delivered", metadata: metadata(of: event))
            return
        }
        let now = clock.now
        let isOver = event.attempts >= Self.attemptsMax || now - event.queuedAt >= Self.ageMax
        let delay = Self.delay(after: event.attempts, fraction: ids.fraction())
        try await settle(event, problem, next: isOver ? nil : now + delay)
    }

    /// One try.
    /// - Returns: Why it failed; `nil` when it did not.
    private func problem(of event: WebhookEvent) async -> String? {
        do {
            let body = try WebhookBody(event).json()
            let status = try await receiver.post(body, headers: signer.headers(of: "\(event.id)", body: body, at: clock.now))
            return (200..<300).contains(status) ? nil : "the receiver answered \(status)"
        } catch {
            return String("\(error)".prefix(Self.problemMax))
        }
    }

    private func settle(_ event: WebhookEvent, _ problem: String, next: Timestamp?) async throws {
        let isOurs = try await database.withTransaction {
            try $0.noteWebhookFailure(event, problem: problem, dueAt: next)
        }
        guard isOurs else { return }
        (next == nil ? givenUp : failed).increment()
        var metadata = metadata(of: event)
        metadata["problem"] = "\(problem)"
        guard let next else {
            logger.error("a webhook was given up; it can be replayed", metadata: metadata)
            return
        }
        metadata["next"] = "\(next)"
        logger.warning("a webhook was not delivered; it is tried again", metadata: metadata)
    }

    /// 1 s, 3 s, 9 s … 6 h, less up to a half by chance.
    /// - Parameter fraction: Chance, in 0..<1.
    static func delay(after attempts: Int, fraction: Double) -> Duration {
        var delay = firstDelay
        for _ in 1..<max(attempts, 1) where delay < delayMax { delay *= delayFactor }
        return min(delay, delayMax) * (1 - fraction / 2)
    }

    private static func counter(_ outcome: String) -> Counter {
        Counter(label: "anb_webhooks_total", dimensions: [("outcome", outcome)])
    }

    private func metadata(of event: WebhookEvent) -> Logger.Metadata {
        [
            "webhook_id": "\(event.id)", "type": "\(event.kind.rawValue)", "video_id": "\(event.videoID)",
            "attempt": "\(event.attempts)",
        ]
    }
}

/// What a receiver reads.
private struct WebhookBody: Encodable {
    struct Content: Encodable {
        var videoID: VideoID
        var userID: UserID
        var status: Video.Status
        var failureCode: FailureCode?

        enum CodingKeys: String, CodingKey {
            case status
            case videoID = "video_id"
            case userID = "user_id"
            case failureCode = "failure_code"
        }
    }

    var id: WebhookEventID
    var type: String
    /// When it happened; RFC 3339.
    var timestamp: String
    var data: Content

    init(_ event: WebhookEvent) {
        id = event.id
        type = event.kind.rawValue
        timestamp = event.at.description
        data = Content(
            videoID: event.videoID, userID: event.userID, status: event.kind.status, failureCode: event.failureCode)
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
