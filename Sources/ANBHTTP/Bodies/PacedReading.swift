import ANBCore
import Synchronization

/// Runs something that reads a body, and ends it when the client is too slow.
final class PacedReading: Sendable {
    private static let lookEvery: Duration = .seconds(1)

    private let pace: Mutex<BodyPace>
    private let clock: any WallClock

    private init(limits: EdgeLimits, clock: any WallClock) {
        self.pace = Mutex(BodyPace(limits: limits))
        self.clock = clock
    }

    /// - Parameter operation: Reads through ``chunk(_:)``; cancelled when the client is too slow.
    static func run<Value: Sendable>(
        limits: EdgeLimits, clock: any WallClock, _ operation: @escaping @Sendable (PacedReading) async throws -> Value
    ) async throws -> Value {
        let reading = PacedReading(limits: limits, clock: clock)
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await operation(reading) }
            group.addTask { try await reading.watch() }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw ANBError.internal("a task group lost its tasks") }
            return value
        }
    }

    /// One wait for bytes.
    func waiting<Chunk>(count: (Chunk) -> Int, _ next: () async throws -> Chunk?) async throws -> Chunk? {
        pace.withLock { $0.beginWaiting(clock.now) }
        let chunk = try await next()
        pace.withLock { $0.endWaiting(clock.now, received: chunk.map(count) ?? 0) }
        return chunk
    }

    private func watch<Value>() async throws -> Value {
        while true {
            try await clock.sleep(for: Self.lookEvery)
            try pace.withLock { try $0.check(clock.now) }
        }
    }
}
