import ANBAWS
public import ANBCore
import Foundation
package import Logging

/// The bell on SQS, on a FIFO or on a Standard queue.
///
/// - On a FIFO queue `MessageGroupId` is the player (`user_{id}`), so one player's jobs ring one after the other.
/// - `MessageDeduplicationId` is the job's id and the millisecond of the ring. With the id alone SQS would swallow the
///   ring for a retry that is due within its five minutes; so it drops only the repeats of one and the same send.
/// - A message that is none of ours goes to the dead letters at once, with the reason as an attribute.
public struct SQSJobQueue: JobQueue {
    /// What SQS takes in one call.
    static let batchCountMax = 10
    /// Bytes of the bodies of one call; SQS has allowed 256 KiB since its beginning.
    static let batchBytesMax = 240 << 10
    private static let sendAttemptsMax = 4
    private static let resendPauseMax: Duration = .milliseconds(200)
    private static let answerTime: Duration = .seconds(10)
    /// Until a message is claimed and its heartbeats begin. On a FIFO queue the message of a worker that dies before
    /// holds up its player's other jobs.
    private static let orderedVisibilityMax: Duration = .seconds(30)
    /// How long a message is hidden before its receiver says that it has it. SQS may hand a message to the long poll of a
    /// worker that was killed a moment ago, of several one after the other; each keeps it for as long. Confirming takes some 10 ms.
    private static let arrivalVisibilityMax: Duration = .seconds(1)

    let settings: SQSSettings
    let service: SQSService
    let pair: SQSQueuePair
    let clock: any WallClock
    let ids: any IDGenerator
    let logger: Logger

    /// Finds the queue and its dead-letter queue and checks that they fit.
    /// - Throws: ``ANBError/Code/misconfigured`` telling in one line what is wrong, ``ANBError/Code/unavailable`` when the
    ///   service does not answer or refuses the credentials.
    package static func open(
        _ settings: SQSSettings, service: SQSService, clock: any WallClock = SystemClock(), ids: any IDGenerator = SystemIDs(),
        logger: Logger
    ) async throws -> SQSJobQueue {
        SQSJobQueue(
            settings: settings, service: service, pair: try await .find(settings, service), clock: clock, ids: ids, logger: logger
        )
    }

    public func send(_ messages: [JobMessage]) async throws {
        let entries = try messages.map { message in
            let ring = "\(message.jobID)-\(clock.now.milliseconds)"
            return SQSSend.Entry(
                Id: "", MessageBody: try message.json(), MessageGroupId: pair.queue.isFIFO ? message.groupID : nil,
                MessageDeduplicationId: pair.queue.isFIFO ? ring : nil)
        }
        for batch in SQSBatches.cut(entries) { try await send(batch, to: pair.queue) }
    }

    public func receive(limit: Int, wait: Duration) async throws -> [JobDelivery] {
        try checkReceive(limit: limit, wait: wait)
        let deadline = clock.now + wait
        let visibility = pair.queue.isFIFO ? min(settings.visibility, Self.orderedVisibilityMax) : settings.visibility
        while true {
            let left = max(deadline - clock.now, .zero)
            let messages = try await receive(
                from: pair.queue, limit: limit, wait: min(left, settings.longPoll),
                visibility: min(visibility, Self.arrivalVisibilityMax))
            if visibility > Self.arrivalVisibilityMax { await confirmArrival(of: messages, for: visibility) }
            let deliveries = try await deliveries(messages)
            if !deliveries.isEmpty || clock.now >= deadline { return deliveries }
        }
    }

    public func extend(_ delivery: JobDelivery, by visibility: Duration) async throws {
        try await changeVisibility(delivery.receipt, of: pair.queue, to: visibility)
    }

    public func acknowledge(_ delivery: JobDelivery) async throws {
        try await delete(delivery.receipt, from: pair.queue)
    }

    /// What SQS refuses in a batch comes too late, or comes back and is answered by the ledger.
    public func acknowledge(_ deliveries: [JobDelivery]) async throws {
        for start in stride(from: 0, to: deliveries.count, by: Self.batchCountMax) {
            let some = deliveries[start...].prefix(Self.batchCountMax)
            let entries = some.enumerated().map { SQSDelete.Entry(Id: "\($0)", ReceiptHandle: $1.receipt) }
            let call = SQSDelete(QueueUrl: pair.queue.url, Entries: entries)
            try await doing("acknowledging") {
                _ = try await service.call("DeleteMessageBatch", call, answering: SQSNothing.self)
            }
        }
    }

    public func giveBack(_ delivery: JobDelivery, after delay: Duration) async throws {
        try await changeVisibility(delivery.receipt, of: pair.queue, to: delay)
    }

    /// SQS counts what was given back for later as in flight.
    public func depth() async throws -> QueueDepth {
        try await doing("the depth") {
            let queue = try await service.description(of: pair.queue.url)
            let dead = try await service.description(of: pair.deadLetters.url)
            return QueueDepth(
                ready: queue.count("ApproximateNumberOfMessages"),
                inFlight: queue.count("ApproximateNumberOfMessagesNotVisible"),
                delayed: queue.count("ApproximateNumberOfMessagesDelayed"),
                dead: dead.count("ApproximateNumberOfMessages") + dead.count("ApproximateNumberOfMessagesNotVisible"))
        }
    }

    public var keepsGroupsInOrder: Bool { pair.queue.isFIFO }
    public var outlivesProcess: Bool { true }

    public func check() async throws {
        try await doing("the queue") { _ = try await service.description(of: pair.queue.url) }
    }
}

// MARK: - Calls

extension SQSJobQueue {
    /// Sends until every entry is in; an entry that the service calls our fault ends it.
    func send(_ batch: [SQSSend.Entry], to queue: SQSQueueDescription) async throws {
        var waiting = batch
        for attempt in 1...Self.sendAttemptsMax {
            let call = SQSSend(QueueUrl: queue.url, Entries: waiting)
            let answer = try await doing("sending") {
                try await service.call("SendMessageBatch", call, answering: SQSSend.Answer.self)
            }
            let failed = answer.Failed ?? []
            if failed.isEmpty { return }
            if let hopeless = failed.first(where: { $0.SenderFault == true }) {
                throw ANBError.internal("SQS refuses a message: \(hopeless.Code ?? "") \(hopeless.Message ?? "")")
            }
            let again = Set(failed.map(\.Id))
            waiting = waiting.filter { again.contains($0.Id) }
            if attempt < Self.sendAttemptsMax {
                try await clock.sleep(for: Self.resendPauseMax * (Double(attempt) * self.ids.fraction()))
            }
        }
        throw ANBError.unavailable("SQS did not take \(waiting.count) of \(batch.count) messages")
    }

    func receive(
        from queue: SQSQueueDescription, limit: Int, wait: Duration, visibility: Duration
    ) async throws -> [SQSMessage] {
        let question = SQSReceive(
            QueueUrl: queue.url, MaxNumberOfMessages: limit, WaitTimeSeconds: Self.wholeSeconds(wait),
            VisibilityTimeout: Self.wholeSeconds(visibility),
            ReceiveRequestAttemptId: queue.isFIFO ? ids.uuid().uuidString : nil)
        return try await doing("receiving") {
            try await service.call(
                "ReceiveMessage", question, answering: SQSReceive.Answer.self, timeMax: wait + Self.answerTime)
        }.Messages ?? []
    }

    /// Hides what has arrived for as long as it is meant to be. What fails comes back soon, which the ledger answers.
    private func confirmArrival(of messages: [SQSMessage], for visibility: Duration) async {
        if messages.isEmpty { return }
        let entries = messages.enumerated().map {
            SQSChangeVisibilities.Entry(
                Id: "\($0)", ReceiptHandle: $1.ReceiptHandle, VisibilityTimeout: Self.wholeSeconds(visibility))
        }
        let change = SQSChangeVisibilities(QueueUrl: pair.queue.url, Entries: entries)
        do {
            _ = try await service.call(
                "ChangeMessageVisibilityBatch", change, answering: SQSNothing.self, timeMax: Self.arrivalVisibilityMax)
        } catch {
            logger.warning("received messages may come back early", metadata: ["error": "\(error)"])
        }
    }

    func changeVisibility(_ receipt: String, of queue: SQSQueueDescription, to visibility: Duration) async throws {
        let seconds = min(Self.wholeSeconds(visibility), SQSSettings.visibilitySecondsMax)
        let change = SQSChangeVisibility(QueueUrl: queue.url, ReceiptHandle: receipt, VisibilityTimeout: seconds)
        try await unlessEnded("changing a visibility") {
            _ = try await service.call("ChangeMessageVisibility", change, answering: SQSNothing.self)
        }
    }

    func delete(_ receipt: String, from queue: SQSQueueDescription) async throws {
        let receipt = SQSReceipt(QueueUrl: queue.url, ReceiptHandle: receipt)
        try await unlessEnded("acknowledging") {
            _ = try await service.call("DeleteMessage", receipt, answering: SQSNothing.self)
        }
    }

    /// What comes too late is harmless.
    private func unlessEnded(_ action: String, _ body: () async throws -> Void) async throws {
        try await doing(action) {
            do {
                try await body()
            } catch let error as AWSServiceError where error.tellsOfEndedDelivery {}
        }
    }

    func doing<Value>(_ action: String, _ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let error as AWSServiceError {
            throw error.translated(doing: "SQS queue \(settings.queueName), \(action)")
        }
    }

    /// Rounded up, because a delivery must not come back early.
    private static func wholeSeconds(_ duration: Duration) -> Int {
        Int(max(duration.inSeconds.rounded(.up), 0))
    }
}
