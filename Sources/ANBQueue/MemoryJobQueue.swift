public import ANBCore
import Foundation
import Synchronization

/// A queue inside of one process. What it holds is gone with the process; the relay rings again from the ledger.
public final class MemoryJobQueue: JobQueue, DeadLetterQueue {
    private let state: Mutex<MemoryQueueState>
    private let bell = Doorbell()
    private let clock: any WallClock
    private let ids: any IDGenerator

    /// - Parameters:
    ///   - visibility: How long a delivery is hidden from others.
    ///   - receivesMax: Deliveries of one message before it goes to the dead letters; at least 1.
    ///   - clock: The time.
    ///   - ids: Identities and chance.
    public init(
        visibility: Duration = .seconds(300), receivesMax: Int = 3, clock: any WallClock = SystemClock(),
        ids: any IDGenerator = SystemIDs()
    ) {
        state = Mutex(MemoryQueueState(visibility: visibility, receivesMax: receivesMax))
        self.clock = clock
        self.ids = ids
    }

    public func send(_ messages: [JobMessage]) async throws {
        let entries = try messages.map { message in
            MemoryQueueState.Message(id: newID(), jobID: message.jobID, body: try message.json())
        }
        change { state, _ in entries.forEach { state.add($0) } }
    }

    /// Puts in a body as another system might have sent it.
    func send(body: String) {
        let entry = MemoryQueueState.Message(id: newID(), body: body)
        change { state, _ in state.add(entry) }
    }

    public func receive(limit: Int, wait: Duration) async throws -> [JobDelivery] {
        try checkReceive(limit: limit, wait: wait)
        let deadline = clock.now + wait
        while true {
            try Task.checkCancellation()
            let rings = bell.rings
            let now = clock.now
            let (deliveries, nextReturn) = state.withLock { ($0.take(limit, now: now), $0.nextReturn) }
            if !deliveries.isEmpty || now >= deadline { return deliveries }
            let wakeAt = min(deadline, nextReturn ?? deadline)
            await bell.wait(after: rings, atMost: wakeAt - now, clock)
        }
    }

    public func extend(_ delivery: JobDelivery, by visibility: Duration) async throws {
        change { state, now in state.extend(delivery.receipt, until: now + visibility) }
    }

    public func acknowledge(_ delivery: JobDelivery) async throws {
        change { state, _ in state.acknowledge(delivery.receipt) }
    }

    public func giveBack(_ delivery: JobDelivery, after delay: Duration) async throws {
        change { state, now in state.giveBack(delivery.receipt, until: now + delay) }
    }

    public func depth() async throws -> QueueDepth { look(\.depth) }

    public func check() async throws {}

    public func deadLetters(limit: Int) async throws -> [DeadLetter] {
        guard (1...1000).contains(limit) else {
            throw ANBError(.invalidRequest, "The limit is out of range.", operatorMessage: "\(limit) dead letters")
        }
        return look { Array($0.dead.prefix(limit)) }
    }

    public func replay(_ ids: Set<String>) async throws -> [String: DeadLetterFate] {
        change { state, _ in
            let letters = state.takeDead(ids)
            for letter in letters {
                let jobID = (try? JobMessage(json: letter.body))?.jobID
                state.add(MemoryQueueState.Message(id: newID(), jobID: jobID, body: letter.body))
            }
            return DeadLetterFate.of(ids, done: letters.map(\.id))
        }
    }

    public func purge(_ ids: Set<String>) async throws -> [String: DeadLetterFate] {
        change { state, _ in DeadLetterFate.of(ids, done: state.takeDead(ids).map(\.id)) }
    }

    /// What is due has come back before anybody looks.
    private func look<Value: Sendable>(_ body: (MemoryQueueState) -> Value) -> Value {
        let now = clock.now
        return state.withLock { state in
            state.settle(now)
            return body(state)
        }
    }

    /// Wakes the receivers, because a change may move the time of the next delivery.
    private func change<Value: Sendable>(_ body: (inout MemoryQueueState, Timestamp) -> Value) -> Value {
        let now = clock.now
        defer { bell.ring() }
        return state.withLock { state in
            state.settle(now)
            return body(&state, now)
        }
    }

    private func newID() -> String { ids.uuid().uuidString.lowercased() }
}

extension DeadLetterFate {
    /// All that is not done is absent.
    static func of(_ ids: Set<String>, done: some Collection<String>) -> [String: DeadLetterFate] {
        Dictionary(uniqueKeysWithValues: ids.map { ($0, done.contains($0) ? .done : .absent) })
    }
}

/// - Throws: `invalidRequest` when a receive asks for what not every backend can do.
func checkReceive(limit: Int, wait: Duration) throws {
    guard (1...10).contains(limit), (.zero ... .seconds(20)).contains(wait) else {
        throw ANBError(
            .invalidRequest, "The queue was asked wrongly.", operatorMessage: "receive \(limit) messages within \(wait)")
    }
}
