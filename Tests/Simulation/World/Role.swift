import ANBCore
import ANBQueue

/// One program that a supervisor keeps alive.
final class Role {
    enum Kind: String { case replica, worker }

    struct Running {
        var process: SimulatedProcess
        var contest: Contest
    }

    let kind: Kind
    let number: Int
    var starts = 0
    /// `nil` while it is dead.
    var running: Running?

    init(_ kind: Kind, number: Int) {
        self.kind = kind
        self.number = number
    }
}

extension World {
    var replicas: [Role] { roles.filter { $0.kind == .replica } }

    func startReplica(_ running: Role.Running) {
        if sabotage == .neverSweeps { return }
        scheduler.spawn(on: running.process) {
            try? await running.contest.sweeper.run(every: Plan.sweepInterval)
        }
    }

    func startWorker(_ running: Role.Running) {
        let (process, contest) = (running.process, running.contest)
        let runner = JobRunner(
            database: contest.backends.database, queue: QueuePort(port: Port(world: self, process: process, service: .queue)),
            handlers: contest.jobHandlers, settings: plan.runnerSettings(worker: process.name),
            clock: contest.backends.clock, ids: contest.backends.ids, logger: Self.logger)
        if sabotage != .neverRingsAgain {
            scheduler.spawn(on: process) { try? await contest.relay.run(every: Plan.relayInterval) }
        }
        let run = scheduler.spawn(on: process) { [self] in
            await runner.run()
            ended(process)
        }
        guard faultsAreOn, let times = plan.drainEvery else { return }
        let isPolite = chance.happens(0.7)
        scheduler.after(chance.number(times)) { [self] in
            guard faultsAreOn, process.state == .running else { return }
            counts[isPolite ? .drains : .stops] += 1
            scheduler.note(5, process, isPolite ? "is to drain" : "is to stop")
            scheduler.asProcess(process) { isPolite ? runner.drain() : run.cancel() }
        }
    }

    /// A worker's runner has returned, as told.
    private func ended(_ process: SimulatedProcess) {
        guard process.state == .running else { return }
        scheduler.note(6, process, "has ended")
        scheduler.kill(process)
        restart(process, after: 500)
    }

    /// From here on nothing breaks any more.
    func heal() {
        faultsAreOn = false
        scheduler.note(7, scheduler.outside, "everything works again")
        for process in scheduler.processes { scheduler.unpause(process) }
        for role in roles where role.running == nil { start(role) }
    }

    /// Whether nothing is under way: no job, no upload, no request, no call that lands late.
    var isQuiet: Bool {
        let isAnswered = replicas.allSatisfy { role in
            role.running.map { $0.process.tasks.count <= (sabotage == .neverSweeps ? 0 : 1) } ?? false
        }
        return isAnswered && landings == 0 && checker.rows.isQuiet
    }

    /// Quiet, and the store holds what the rows need and nothing else.
    var isClean: Bool { isQuiet && objects.keys == checker.rows.neededKeys }
}
