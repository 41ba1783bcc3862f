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

    public func replay(_ ids: Set<String>) async throws -> [String: DeadLetterFate] {
        try await take(ids) { message in
            try await send([fresh(message)], to: pair.queue)
        }
    }

    public func purge(_ ids: Set<String>) async throws -> [String: DeadLetterFate] {
        try await take(ids) { _ in }
    }

    private enum Decision { case keep, remove }

    /// A letter whose sending worked and whose removal did not is told as failed: its second replay is harmless.
    private func take(_ ids: Set<String>, _ action: (SQSMessage) async throws -> Void) async throws -> [String: DeadLetterFate] {
        var fates: [String: DeadLetterFate] = [:]
        do {
            try await forEachLetter(atMost: Self.lettersMax) { message in
                guard ids.contains(message.MessageId) else { return .keep }
                do {
                    try await action(message)
                    try await delete(message.ReceiptHandle, from: pair.deadLetters)
                    fates[message.MessageId] = .done
                    return .remove
                } catch {
                    fates[message.MessageId] = .failed(reason: Self.reason(error))
                    return .keep
                }
            } until: {
                fates.count == ids.count
            }
        } catch {
            // Those that were not seen may be there or not.
            if fates.isEmpty { throw error }
            return fates.merging(ids.map { ($0, .failed(reason: Self.reason(error))) }) { known, _ in known }
        }
        return fates.merging(ids.map { ($0, .absent) }) { known, _ in known }
    }

    private static func reason(_ error: any Error) -> String { (error as? ANBError)?.operatorMessage ?? "\(error)" }

    /// Receives letter after letter; those that stay are visible again when this returns.
    private func forEachLetter(
        atMost limit: Int, _ decide: (SQSMessage) async throws -> Decision, until isDone: () -> Bool = { false }
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
                let unseen = messages.filter { !seen.contains($0.MessageId) }
                emptyAnswers = unseen.isEmpty ? emptyAnswers + 1 : 0
                kept += messages.map(\.ReceiptHandle)
                for message in unseen {
                    seen.insert(message.MessageId)
                    if try await decide(message) == .remove { kept.removeAll { $0 == message.ReceiptHandle } }
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
