import ANBCore
import ANBPersistence
import Crypto
import Foundation
import Logging

/// Everything of one simulation: the services, the programs that use them, and what the seed decided.
///
/// Sendable without a lock: only the simulation's thread touches it.
final class World: @unchecked Sendable {
    let plan: Plan
    let scheduler: Scheduler
    let sabotage: Sabotage?
    let database: any Database
    let objects = Objects()
    let checker: Checker
    private(set) var messages = Messages { nil }
    private(set) var roles: [Role] = []
    var chance: Chance
    var counts = Counts()
    var faultsAreOn = false
    /// Calls whose effect is still to come.
    var landings = 0

    init(seed: UInt64, sabotage: Sabotage?, trace: Trace) {
        plan = Plan(seed: seed)
        scheduler = Scheduler(seed: seed, trace: trace)
        chance = Chance(seed: seed, stream: 3)
        self.sabotage = sabotage
        let checker = Checker(scheduler: scheduler, plan: plan, objects: objects)
        self.checker = checker
        database = MemoryDatabase { checker.committed($0) }
        messages = Messages { [weak self] in self }
        roles = (1...plan.replicas).map { Role(.replica, number: $0) } + (1...plan.workers).map { Role(.worker, number: $0) }
    }

    // MARK: - Programs

    func start(_ role: Role) {
        role.starts += 1
        let process = scheduler.startProcess(
            "\(role.kind)-\(role.number).\(role.starts)", skew: chance.number(-plan.skewMax...plan.skewMax))
        let running = Role.Running(process: process, contest: contest(of: process))
        role.running = running
        scheduler.note(1, process, "starts")
        switch role.kind {
        case .replica: startReplica(running)
        case .worker: startWorker(running)
        }
    }

    /// Over ports that break; those of ``scheduler``'s outside never do while faults are off.
    func contest(of process: SimulatedProcess) -> Contest {
        let scratch = ProcessScratch(process: process)
        let store = Port(world: self, process: process, service: .store)
        let backends = Contest.Backends(
            database: DatabasePort(port: Port(world: self, process: process, service: .database)),
            objects: StorePort(port: store, scratch: scratch),
            queue: QueuePort(port: Port(world: self, process: process, service: .queue)),
            media: SimulatedMedia(world: self, process: process, scratch: scratch, port: store), scratch: scratch,
            hasher: NoHasher(), clock: ProcessClock(scheduler: scheduler, process: process),
            ids: ProcessIDs(process: process, seed: chance.next()))
        var limits = plan.limits
        if sabotage == .sweepsFreshObjects { limits.orphanGraceSeconds = -3600 }
        return Contest(
            backends, rules: Contest.Rules(limits: limits, isModerated: plan.isModerated),
            tokens: RefreshTokenChain(key: Self.key), logger: Self.logger)
    }

    private static let key = SymmetricKey(data: Data(repeating: 7, count: 32))
    static let logger = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }

    /// The process ends at once, and the supervisor starts another one.
    func crash(_ process: SimulatedProcess) {
        guard process.state == .running || process.state == .paused else { return }
        counts[.crashes] += 1
        scheduler.note(2, process, "dies")
        scheduler.kill(process)
        if sabotage == .losesFreshObjects { loseObjects(of: process) }
        restart(process, after: faultsAreOn ? chance.pick([100, 2000, 40_000]) : 1000)
    }

    func restart(_ process: SimulatedProcess, after delay: Int64) {
        guard let role = roles.first(where: { $0.running?.process === process }) else { return }
        role.running = nil
        scheduler.after(delay) { [self] in if role.running == nil { start(role) } }
    }

    func pause(_ process: SimulatedProcess, for milliseconds: Int64) {
        counts[.pauses] += 1
        scheduler.note(3, process, "stands still for \(milliseconds) ms")
        scheduler.pause(process)
        scheduler.after(milliseconds) { [self] in scheduler.unpause(process) }
    }

    private func loseObjects(of process: SimulatedProcess) {
        let freshest = Timestamp(milliseconds: scheduler.now - 2000)
        for key in objects.keys {
            guard let entry = objects.entries[key], entry.writer === process, entry.modifiedAt > freshest else { continue }
            objects.remove(key)
        }
    }

    // MARK: - Scopes

    func runsTwice() -> Bool {
        let isSo = faultsAreOn && chance.happens(plan.rerunRate)
        if isSo { counts[.transactionsRepeated] += 1 }
        return isSo
    }

    func scope(_ scope: any TransactionScope) -> any TransactionScope {
        sabotage.map { BrokenScope(scope, $0) } ?? scope
    }

    func readScope(_ scope: any ReadScope) -> any ReadScope {
        guard let sabotage, let transaction = scope as? any TransactionScope else { return scope }
        return BrokenScope(transaction, sabotage)
    }
}

/// Nobody signs in here.
private struct NoHasher: PasswordHasher {
    func hash(_ password: String) async throws -> String { password }
    func verify(_ password: String, against hash: String?) async throws -> Bool { false }
    func needsRehash(_ hash: String) -> Bool { false }
}
