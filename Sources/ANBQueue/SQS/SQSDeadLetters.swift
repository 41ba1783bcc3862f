public import ANBCore

/// SQS cannot look at a queue without receiving from it. So every one of these takes the letters for a moment and puts
/// back those that stay; of a FIFO queue one group shows at most ten at a time, the rest after those are gone.
extension SQSJobQueue: DeadLetterQueue {
    /// How long a letter is hidden while it is being looked at, should we die meanwhile.
    private static let lookTime: Duration = .seconds(30)
    private static let lettersMax = 1000
    /// A queue spreads its messages; one empty answer does not mean that there are none.
    private static let emptyAnswersMax = 3

    public func deadLetters(limit: Int) async throws -> [DeadLetter] {
        guard (1...Self.lettersMax).contains(limit) else {
            throw ANBError(.invalidRequest, "The limit is out of range.", operatorMessage: "\(limit) dead letters")
        }
        var letters: [DeadLetter] = []
        try await forEachLetter(atMost: limit) { message in
            letters.append(letter(message))
            return .keep
        }
        return letters
    }

    public func replay(_ ids: [String]) async throws -> Int {
        try await take(ids) { message in
            try await send([fresh(message)], to: pair.queue)
        }
    }

    public func purge(_ ids: [String]) async throws -> Int {
        try await take(ids) { _ in }
    }

    private enum Fate { case keep, remove }

    private func take(_ ids: [String], _ action: (SQSMessage) async throws -> Void) async throws -> Int {
        var wanted = Set(ids)
        let all = wanted.count
        try await forEachLetter(atMost: Self.lettersMax) { message in
            guard wanted.contains(message.MessageId) else { return .keep }
            try await action(message)
            wanted.remove(message.MessageId)
            return .remove
        } until: { wanted.isEmpty }
        return all - wanted.count
    }

    /// Receives letter after letter; those that stay are visible again when this returns.
    private func forEachLetter(
        atMost limit: Int, _ decide: (SQSMessage) async throws -> Fate, until isDone: () -> Bool = { false }
    ) async throws {
        var kept: [String] = []
        var seen: Set<String> = []
        var emptyAnswers = 0
        var outcome = Result<Void, any Error>.success(())
        do {
            while seen.count < limit, emptyAnswers < Self.emptyAnswersMax, !isDone() {
                let messages = try await receive(
                    from: pair.deadLetters, limit: min(SQSJobQueue.batchCountMax, limit - seen.count), wait: .zero,
                    visibility: Self.lookTime)
                kept += messages.map(\.ReceiptHandle)
                let fresh = messages.filter { !seen.contains($0.MessageId) }
                emptyAnswers = fresh.isEmpty ? emptyAnswers + 1 : 0
                for message in fresh {
                    seen.insert(message.MessageId)
                    guard try await decide(message) == .remove else { continue }
                    try await delete(message.ReceiptHandle, from: pair.deadLetters)
                    kept.removeAll { $0 == message.ReceiptHandle }
                }
            }
        } catch {
            outcome = .failure(error)
        }
        for receipt in kept { try? await changeVisibility(receipt, of: pair.deadLetters, to: .zero) }
        try outcome.get()
    }

    private func letter(_ message: SQSMessage) -> DeadLetter {
        let reason = message.MessageAttributes?[Self.reasonAttribute]?.StringValue
        let count = message.MessageAttributes?[Self.receiveCountAttribute]?.StringValue.flatMap(Int.init)
        // SQS goes on counting while the letter is being looked at; it came here at its last delivery.
        let receiveCount = count ?? pair.receivesMax ?? message.receiveCount
        return DeadLetter(
            id: message.MessageId, body: message.Body, reason: reason ?? "delivered \(receiveCount) times without success",
            receiveCount: receiveCount)
    }

    private func fresh(_ message: SQSMessage) -> SQSSend.Entry {
        let group = (try? JobMessage(json: message.Body))?.groupID ?? message.MessageId
        return SQSSend.Entry(
            Id: "0", MessageBody: message.Body, MessageGroupId: pair.queue.isFIFO ? group : nil,
            MessageDeduplicationId: pair.queue.isFIFO ? "\(message.MessageId)-\(clock.now.milliseconds)" : nil)
    }
}
