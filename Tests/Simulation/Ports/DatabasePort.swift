import ANBCore

/// The one database as one process reaches it. As a real one does, it may run a body twice, and it does not stop in the
/// middle of a transaction because its caller was cancelled.
struct DatabasePort: Database {
    let port: Port

    private struct RunAgain: Error {}

    func read<Value: Sendable>(_ body: @escaping @Sendable (any ReadScope) throws -> Value) async throws -> Value {
        let world = port.world
        return try await port.call("reads", isInterruptible: false) {
            try await world.database.read { try body(world.readScope($0)) }
        }
    }

    func withTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value {
        let world = port.world
        if world.sabotage == .acknowledgesBeforeCommit { return try await commitLater(body) }
        return try await port.call("commits", isInterruptible: false) {
            if world.runsTwice() {
                do {
                    try await world.database.withTransaction { (scope: any TransactionScope) throws -> Void in
                        _ = try body(world.scope(scope))
                        throw RunAgain()
                    }
                } catch is RunAgain {}
            }
            return try await world.database.withTransaction { try body(world.scope($0)) }
        }
    }

    /// Sabotage: the answer is there before the commit, which a crash of the process prevents.
    private func commitLater<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value {
        let (world, process) = (port.world, port.process)
        return try await port.call("promises to commit", isInterruptible: false) {
            let promise = Promise<Value>()
            do {
                try await world.database.withTransaction { (scope: any TransactionScope) throws -> Void in
                    promise.value = try body(scope)
                    throw RunAgain()
                }
            } catch is RunAgain {}
            world.scheduler.spawn(on: process) {
                try? await world.scheduler.sleep(50)
                guard process.state != .reaped else { return }
                _ = try? await world.acting(process) { try await world.database.withTransaction(body) }
            }
            guard let value = promise.value else { throw UnknownFault() }
            return value
        }
    }

    /// Sendable without a lock: only the simulation's thread touches it.
    private final class Promise<Value>: @unchecked Sendable {
        var value: Value?
    }

    func migrate() async throws {}

    func check() async throws {}
}
