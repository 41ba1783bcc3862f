import Synchronization

/// Does together what was asked while the call before was on its way: one at a time when there is little to do, many in
/// one call under load, and nobody waits for others to come.
///
/// Nobody but the callers does the work: the first of those who wait leads the next call.
package final class Gathering<Request: Sendable, Answer: Sendable>: Sendable {
    private enum Turn: Sendable {
        case lead
        case answered(Result<Answer, any Error>)
    }

    private struct Waiter {
        var request: Request
        var continuation: CheckedContinuation<Turn, Never>
    }

    private struct State {
        var waiting: [Waiter] = []
        var isLed = false
    }

    private let countMax: Int
    private let perform: @Sendable ([Request]) async -> [Result<Answer, any Error>]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - countMax: Requests of one call, at least 1.
    ///   - perform: Answers each request, in their order. It is cancelled only with a caller who is alone.
    package init(countMax: Int, perform: @escaping @Sendable ([Request]) async -> [Result<Answer, any Error>]) {
        self.countMax = countMax
        self.perform = perform
    }

    /// How many wait for the call before to end.
    package var waitingCount: Int { state.withLock(\.waiting.count) }

    /// Nobody calls, and nobody waits.
    package var isIdle: Bool { state.withLock { !$0.isLed } }

    package func callAsFunction(_ request: Request) async throws -> Answer {
        let turn = await withCheckedContinuation { continuation in
            let leads = state.withLock { state in
                if state.isLed { state.waiting.append(Waiter(request: request, continuation: continuation)) }
                defer { state.isLed = true }
                return !state.isLed
            }
            if leads { continuation.resume(returning: .lead) }
        }
        switch turn {
        case .lead: return try await lead(request)
        case .answered(let answer): return try answer.get()
        }
    }

    private func lead(_ request: Request) async throws -> Answer {
        let others = state.withLock { state in
            let some = Array(state.waiting.prefix(countMax - 1))
            state.waiting.removeFirst(some.count)
            return some
        }
        let requests = [request] + others.map(\.request)
        // What is done for others too does not end with the one who leads.
        let answers = others.isEmpty ? await perform(requests) : await unstoppable { [perform] in await perform(requests) }
        let next = state.withLock { state in
            state.isLed = !state.waiting.isEmpty
            return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
        }
        next?.continuation.resume(returning: .lead)
        for (other, answer) in zip(others, answers.dropFirst()) { other.continuation.resume(returning: .answered(answer)) }
        return try answers[0].get()
    }
}
