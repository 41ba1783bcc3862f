public import ANBCore
import Synchronization

/// Breaks one call among all that pass through it, counted from 1, so that a test can break every step in order.
///
/// Wrap the backends of one contest in the same plan; run the scenario once unbroken to learn ``callCount``, then once
/// for every call and both ways to break it.
public final class FaultPlan: Sendable {
    /// How the chosen call breaks.
    public enum Fault: Sendable, CaseIterable {
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
    public init(breaking call: Int? = nil, _ fault: Fault = .beforeEffect) {
        self.chosen = call
        self.fault = fault
    }

    /// Calls so far.
    public var callCount: Int { calls.withLock(\.count) }

    /// The calls so far, in order, for messages.
    public var trace: [String] { calls.withLock { $0 } }

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
public struct BreakableDatabase: Database {
    private let base: any Database
    private let plan: FaultPlan

    public init(_ base: any Database, _ plan: FaultPlan) {
        self.base = base
        self.plan = plan
    }

    public func read<Value: Sendable>(_ body: @escaping @Sendable (any ReadScope) throws -> Value) async throws -> Value {
        try await plan.step("read") { try await base.read(body) }
    }

    public func withTransaction<Value: Sendable>(
        _ body: @escaping @Sendable (any TransactionScope) throws -> Value
    ) async throws -> Value {
        try await plan.step("transaction") { try await base.withTransaction(body) }
    }

    public func migrate() async throws { try await base.migrate() }
    public func check() async throws { try await base.check() }
}

/// An object store whose calls a plan may break.
public struct BreakableObjectStore: ObjectStore {
    private let base: any ObjectStore
    private let plan: FaultPlan

    public init(_ base: any ObjectStore, _ plan: FaultPlan) {
        self.base = base
        self.plan = plan
    }

    public func info(_ key: ObjectKey) async throws -> ObjectInfo {
        try await plan.step("info") { try await base.info(key) }
    }

    public func read(_ key: ObjectKey, range: Range<Int64>?) async throws -> ObjectBody {
        try await plan.step("object read") { try await base.read(key, range: range) }
    }

    public func write(_ key: ObjectKey, _ source: ObjectSource, condition: WriteCondition) async throws {
        try await plan.step("object write") { try await base.write(key, source, condition: condition) }
    }

    public func delete(_ key: ObjectKey) async throws {
        try await plan.step("object delete") { try await base.delete(key) }
    }

    public func list(prefix: String, after: ObjectKey?, limit: Int) async throws -> [ObjectInfo] {
        try await plan.step("object list") { try await base.list(prefix: prefix, after: after, limit: limit) }
    }

    public func signedURL(for key: ObjectKey, expires: Duration) async throws -> String {
        try await base.signedURL(for: key, expires: expires)
    }

    public func check() async throws { try await base.check() }
}

/// A queue whose calls a plan may break.
public struct BreakableJobQueue: JobQueue {
    private let base: any JobQueue
    private let plan: FaultPlan

    public init(_ base: any JobQueue, _ plan: FaultPlan) {
        self.base = base
        self.plan = plan
    }

    public func send(_ messages: [JobMessage]) async throws {
        try await plan.step("send") { try await base.send(messages) }
    }

    public func receive(limit: Int, wait: Duration) async throws -> [JobDelivery] {
        try await plan.step("receive") { try await base.receive(limit: limit, wait: wait) }
    }

    public func extend(_ delivery: JobDelivery, by visibility: Duration) async throws {
        try await plan.step("extend") { try await base.extend(delivery, by: visibility) }
    }

    public func acknowledge(_ delivery: JobDelivery) async throws {
        try await plan.step("acknowledge") { try await base.acknowledge(delivery) }
    }

    public func giveBack(_ delivery: JobDelivery, after delay: Duration) async throws {
        try await plan.step("give back") { try await base.giveBack(delivery, after: delay) }
    }

    public func depth() async throws -> QueueDepth { try await base.depth() }
    public func check() async throws { try await base.check() }
}
