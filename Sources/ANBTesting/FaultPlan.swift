package import ANBCore
import Synchronization

/// Breaks one call among all that pass through it, counted from 1, so that a test can break every step in order.
///
/// Wrap the backends of one contest in the same plan; run the scenario once unbroken to learn ``callCount``, then once
/// for every call and both ways to break it.
package final class FaultPlan: Sendable {
    /// How the chosen call breaks.
    package enum Fault: Sendable, CaseIterable {
        /// Nothing happens, and the call throws.
        case beforeEffect
        /// The call takes effect, and the answer is lost.
        case afterEffect
    }

    private let chosen: Int?
    private let fault: Fault
    private let calls = Mutex<[String]>([])

    /// - Parameters:
    ///   - call: Which call breaks; `nil` breaks none.
    ///   - fault: How.
    package init(breaking call: Int? = nil, _ fault: Fault = .beforeEffect) {
        self.chosen = call
        self.fault = fault
    }

    /// Calls so far.
    package var callCount: Int { calls.withLock(\.count) }

    /// The calls so far, in order, for messages.
    package var trace: [String] { calls.withLock { $0 } }

    func step<Value: Sendable>(_ name: String, _ body: () async throws -> Value) async throws -> Value {
        let number = calls.withLock { calls in
            calls.append(name)
            return calls.count
        }
        guard number == chosen else { return try await body() }
        if fault == .afterEffect { _ = try await body() }
        throw ANBError.unavailable("call \(number), \(name), was broken \(fault) on purpose", after: .milliseconds(1))
    }
}

/// A database whose calls a plan may break.
package struct BreakableDatabase: Database {
    private let base: any Database
    private let plan: FaultPlan

    package init(_ base: any Database, _ plan: FaultPlan) {
        self.base = base
        self.plan = plan
    }

    package func read<Value: Sendable>(_ body: @escaping @Sendable (any ReadScope) throws -> Value) async throws -> Value {
        try await plan.step("read") { try await base.read(body) }
    }

    package func withTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value {
        try await plan.step("transaction") { try await base.withTransaction(body) }
    }

    package func migrate() async throws { try await base.migrate() }
    package func check() async throws { try await base.check() }
}

/// An object store whose calls a plan may break.
package struct BreakableObjectStore: ObjectStore {
    private let base: any ObjectStore
    private let plan: FaultPlan

    package init(_ base: any ObjectStore, _ plan: FaultPlan) {
        self.base = base
        self.plan = plan
    }

    package func info(_ key: ObjectKey) async throws -> ObjectInfo {
        try await plan.step("info") { try await base.info(key) }
    }

    package func read(_ key: ObjectKey, range: Range<Int64>?) async throws -> ObjectBody {
        try await plan.step("object read") { try await base.read(key, range: range) }
    }

    package func write(_ key: ObjectKey, _ source: ObjectSource, condition: WriteCondition) async throws {
        try await plan.step("object write") { try await base.write(key, source, condition: condition) }
    }

    package func delete(_ key: ObjectKey) async throws {
        try await plan.step("object delete") { try await base.delete(key) }
    }

    package func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectInfo] {
        try await plan.step("object list") { try await base.list(prefix: prefix, after: after, limit: limit) }
    }

    package func signedURL(for key: ObjectKey, expires: Duration) async throws -> String {
        try await base.signedURL(for: key, expires: expires)
    }

    package func check() async throws { try await base.check() }
}

/// A queue whose calls a plan may break.
package struct BreakableJobQueue: JobQueue {
    private let base: any JobQueue
    private let plan: FaultPlan

    package init(_ base: any JobQueue, _ plan: FaultPlan) {
        self.base = base
        self.plan = plan
    }

    package func send(_ messages: [JobMessage]) async throws {
        try await plan.step("send") { try await base.send(messages) }
    }

    package func receive(limit: Int, wait: Duration) async throws -> [JobDelivery] {
        try await plan.step("receive") { try await base.receive(limit: limit, wait: wait) }
    }

    package func extend(_ delivery: JobDelivery, by visibility: Duration) async throws {
        try await plan.step("extend") { try await base.extend(delivery, by: visibility) }
    }

    package func acknowledge(_ delivery: JobDelivery) async throws {
        try await plan.step("acknowledge") { try await base.acknowledge(delivery) }
    }

    package func giveBack(_ delivery: JobDelivery, after delay: Duration) async throws {
        try await plan.step("give back") { try await base.giveBack(delivery, after: delay) }
    }

    package func depth() async throws -> QueueDepth { try await base.depth() }
    package func check() async throws { try await base.check() }
}
