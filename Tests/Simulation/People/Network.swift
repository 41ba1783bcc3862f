import ANBCore

/// What a person hears of a request.
enum Answer<Value: Sendable>: Sendable {
    case value(Value)
    /// An error, as the edge would tell it.
    case refused(any Error)
    /// Nothing; it may have happened, and may still happen.
    case none
}

extension World {
    /// How long people wait for an answer, milliseconds.
    private static let patience: Int64 = 30_000

    /// Sends a request to any replica. It runs there, and dies with it.
    func request<Value: Sendable>(
        _ what: String, from person: SimulatedProcess, _ body: @escaping @Sendable (Contest) async throws -> Value
    ) async -> Answer<Value> {
        counts[.requests] += 1
        scheduler.note(8, person, "asks: \(what)")
        let box = AnswerBox<Value>()
        let wait = scheduler.newWait()
        if !(faultsAreOn && chance.happens(plan.network.losesRequests)) {
            scheduler.after(chance.pick([0, 1, 20, 500])) { [self] in deliver(body, box, wait) }
        }
        try? await scheduler.wait(wait, until: scheduler.now + Self.patience)
        scheduler.note(9, person, "hears: \(box.answer)")
        return box.answer
    }

    private func deliver<Value: Sendable>(
        _ body: @escaping @Sendable (Contest) async throws -> Value, _ box: AnswerBox<Value>, _ wait: Int
    ) {
        guard let replica = chance.pick(replicas).running else { return }
        let task = scheduler.spawn(on: replica.process) { [self] in
            let answer: Answer<Value>
            do {
                answer = .value(try await body(replica.contest))
            } catch {
                answer = .refused(error)
            }
            guard replica.process.state != .reaped else { return }
            if faultsAreOn, chance.happens(plan.network.losesAnswers) {
                counts[.answersLost] += 1
                return
            }
            scheduler.after(faultsAreOn ? chance.pick([0, 1, 20, 500]) : 0) { [self] in
                box.answer = answer
                scheduler.wake(wait)
            }
        }
        guard faultsAreOn, chance.happens(plan.network.cancels) else { return }
        counts[.requestsCancelled] += 1
        scheduler.after(chance.pick([0, 2, 30, 1000])) { [self] in
            scheduler.asProcess(replica.process) { task.cancel() }
        }
    }
}

/// Sendable without a lock: only the simulation's thread touches it.
private final class AnswerBox<Value: Sendable>: @unchecked Sendable {
    var answer = Answer<Value>.none
}
