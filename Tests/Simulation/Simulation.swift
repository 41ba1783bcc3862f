import ANBCore

/// One run of the whole platform in memory, on one thread, decided by one seed.
public struct Simulation {
    /// How it went.
    public struct Outcome: Sendable {
        public var seed: UInt64
        /// Over every step; the same in every run of the seed.
        public var hash: UInt64
        /// Jobs of Swift's runtime.
        public var steps: Int
        /// Simulated seconds.
        public var seconds: Double
        /// Simulated seconds from the last fault to the end of the last job, and of the last thing to sweep.
        public var workHealedSeconds: Double
        public var healedSeconds: Double
        public var counts: Counts
        public var violation: Violation?
        /// What happened, latest last, when it was traced.
        public var lines: [String]
    }

    /// From the last fault to the end of the last job. A message may be lost just before, after a time in which the job
    /// was rung more rarely; then come a lease, retries, and a transcode of each slot's backlog.
    public static let workHealsSecondsMax = 900.0
    /// To the sweep of the last thing: an upload's time and the grace period behind each other, and two sweeps.
    public static let healsSecondsMax = workHealsSecondsMax + 600

    /// For as many videos as there are slots, milliseconds.
    private static let workMillisecondsMax: Int64 = 120_000

    private let seed: UInt64
    private let trace: Trace
    private let world: World
    private let journal = Journal()
    private var scheduler: Scheduler { world.scheduler }

    private init(_ seed: UInt64, _ sabotage: Sabotage?, isTraced: Bool) {
        self.seed = seed
        trace = Trace(isWritten: isTraced)
        world = World(seed: seed, sabotage: sabotage, trace: trace)
    }

    /// Runs a seed to its end, or to the first violation. It blocks the thread.
    /// - Parameters:
    ///   - sabotage: What is broken on purpose.
    ///   - isTraced: Whether lines are written; the run is the same.
    static func run(_ seed: UInt64, sabotage: Sabotage? = nil, isTraced: Bool = false) -> Outcome {
        let simulation = Simulation(seed, sabotage, isTraced: isTraced)
        return simulation.scheduler.hooked { simulation.run() }
    }

    private func run() -> Outcome {
        let (people, moderator) = signUp()
        world.faultsAreOn = true
        for role in world.roles { world.start(role) }
        for person in people {
            for _ in 0..<world.plan.lanes { scheduler.spawn(on: person.process) { await person.live() } }
        }
        let staff = Operator(world: world, process: scheduler.startProcess("operator"))
        if world.plan.hasOperator { scheduler.spawn(on: staff.process) { await staff.live() } }
        if world.plan.isModerated { scheduler.spawn(on: moderator.process) { await moderator.live() } }
        let isOver = runUntil { journal.livesEnded == people.count * world.plan.lanes }
        world.checker.require(isOver, .everythingEnds, "nothing happens any more, and people wait")

        let brokenUntil = scheduler.now
        world.heal()
        let workHealed = heal(from: brokenUntil, within: Self.workHealsSecondsMax) { !world.checker.rows.haveOpenJobs }
        let healed = heal(from: brokenUntil, within: Self.healsSecondsMax) { world.isClean }
        if world.checker.violation == nil, world.plan.worksOn {
            checkWork(by: people)
            // A run that stood still while another took its job may have ended only now, and what it stored is swept.
            _ = heal(from: scheduler.now, within: Self.healsSecondsMax) { world.isClean }
        }
        if world.checker.violation == nil { lastCheck() }
        return end(workHealed, healed)
    }

    private func signUp() -> ([Person], Moderator) {
        let ids = ProcessIDs(process: scheduler.outside, seed: seed)
        func user(_ name: String, city: String, _ roles: [User.Role]) -> User {
            User(
                id: ids.next(), email: "\(name)@example.com", username: name, firstName: name, lastName: "Lopez",
                city: City(city), country: "Colombia", passwordHash: "", roles: roles,
                createdAt: Timestamp(milliseconds: scheduler.now))
        }
        let players = (1...world.plan.players).map { user("player-\($0)", city: $0 == 1 ? "Cali" : "Bogotá", [.player]) }
        let moderator = user("moderator", city: "Cali", [.moderator])
        outside("signs up") { [world] in
            try await world.database.withTransaction { for user in players + [moderator] { try $0.insertUser(user) } }
        }
        func identity(_ user: User) -> Identity { Identity(userID: user.id, sessionID: ids.next(), roles: user.roles) }
        let people = players.enumerated().map { index, user in
            Person(world, journal, identity: identity(user), number: index + 1, seed: seed)
        }
        let process = scheduler.startProcess("moderator")
        return (people, Moderator(world: world, process: process, identity: identity(moderator)))
    }

    /// Does something outside of every program, where nothing breaks.
    private func outside(_ what: String, _ body: @escaping @Sendable () async throws -> Void) {
        let checker = world.checker
        scheduler.spawn(on: scheduler.outside) {
            do { try await body() } catch { checker.violated(.answers, "\(what): \(error)") }
        }
        runUntil { scheduler.outside.tasks.isEmpty }
    }

    /// - Returns: False when nothing is left to happen before.
    @discardableResult
    private func runUntil(_ isOver: () -> Bool) -> Bool {
        scheduler.run { world.checker.violation == nil && !isOver() }
    }

    /// - Returns: The seconds it took.
    private func heal(from start: Int64, within secondsMax: Double, _ isHealed: () -> Bool) -> Double {
        func seconds() -> Double { Double(scheduler.now - start) / 1000 }
        while world.checker.violation == nil, !isHealed() {
            guard seconds() < secondsMax else {
                reportSickness()
                break
            }
            let next = scheduler.now + 5000
            scheduler.after(5000) {}
            runUntil { scheduler.now >= next }
        }
        return seconds()
    }

    /// Says why it is not well.
    private func reportSickness() {
        let rows = world.checker.rows
        let jobs = rows.jobs.values.filter { $0.state == .ready || $0.state == .running }.sorted { $0.id < $1.id }
        let uploads = rows.uploads.values.filter { $0.state != .committed }.map { "\($0.id) \($0.state)" }.sorted()
        let (there, needed) = (Set(world.objects.keys), Set(rows.neededKeys))
        let (orphans, missing) = (there.subtracting(needed).sorted(), needed.subtracting(there).sorted())
        world.checker.require(missing.isEmpty, .noMissingObjects, "\(missing)")
        world.checker.require(jobs.isEmpty, .healsInTime, "jobs that wait or run: \(jobs.map { "\($0.id) \($0.state)" })")
        world.checker.require(orphans.isEmpty, .noOrphans, "\(orphans)")
        world.checker.violated(.healsInTime, "uploads \(uploads), calls on their way: \(world.landings)")
    }

    /// Every replica takes an upload at once, and every slot of every worker makes a video: nothing was used up by what
    /// went wrong.
    private func checkWork(by people: [Person]) {
        // Who waits before it tries again has done so by then.
        let rested = scheduler.now + 40_000
        scheduler.after(40_000) {}
        runUntil { scheduler.now >= rested }
        world.checker.workers = []
        let uploads = max(world.plan.replicas, world.plan.workers * world.plan.slots)
        for index in 0..<uploads {
            let (person, replica) = (people[index % people.count], world.replicas[index % world.replicas.count])
            var isDone = false
            person.upload(through: replica) { isDone = true }
            runUntil { isDone }
        }
        let start = scheduler.now
        scheduler.after(Self.workMillisecondsMax) {}
        runUntil { scheduler.now >= start + Self.workMillisecondsMax || !world.checker.rows.haveOpenJobs }
        let idle = world.roles.compactMap { $0.kind == .worker ? $0.running?.process.name : nil }
            .filter { !world.checker.workers.contains($0) }
        world.checker.require(
            idle.isEmpty && !world.checker.rows.haveOpenJobs, .worksAgain, "\(uploads) videos, idle workers: \(idle)")
    }

    private func lastCheck() {
        let check = LastCheck(world: world, journal: journal)
        check.run()
        let showcase = world.contest(of: scheduler.outside).showcase
        outside("looks at the ranking") {
            let page = Page(limit: Limits.pageSizeMax)
            check.check(
                try await showcase.ranking(cityKey: nil, page: page),
                try await showcase.videosAndCount(PublicVideoQuery(page: page)).0)
        }
    }

    private func end(_ workHealed: Double, _ healed: Double) -> Outcome {
        let (hash, seconds) = (trace.hash, Double(scheduler.now - scheduler.startedAt) / 1000)
        let steps = scheduler.steps
        let left = scheduler.reap()
        world.checker.require(left.isEmpty, .everythingEnds, "\(left.map(\.name))")
        world.counts += world.checker.counts
        return Outcome(
            seed: seed, hash: hash, steps: steps, seconds: seconds, workHealedSeconds: workHealed, healedSeconds: healed,
            counts: world.counts, violation: world.checker.violation, lines: trace.lines)
    }
}
