import ANBCore

/// Gives what was given up another chance, now and then.
struct Operator: Sendable {
    let world: World
    let process: SimulatedProcess

    func live() async {
        do {
            while world.faultsAreOn {
                try await world.scheduler.sleep(world.chance.number(20_000...80_000))
                guard world.faultsAreOn else { return }
                _ = await world.request("replay what is dead", from: process) { contest in
                    let dead = DeadWork(
                        database: contest.backends.database, queue: nil, clock: contest.backends.clock,
                        ids: contest.backends.ids, logger: World.logger)
                    return await dead.replay(try await dead.list(limit: 10).map(\.id)).count
                }
            }
        } catch {
            // The simulation is over.
        }
    }
}
