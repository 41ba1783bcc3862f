import ANBCore

extension World {
    /// Decides what becomes of a call. Without faults every call passes at once.
    func fate(of port: Port) -> Fate {
        var fate = Fate()
        guard faultsAreOn else { return fate }
        let rates = plan.rates[port.service.rawValue]
        fate.before = chance.happens(rates.isSlow) ? chance.number(500...4000) : chance.pick([0, 1, 5, 20])
        fate.after = chance.pick([0, 0, 1, 10])
        fate.landsWhenCancelled = chance.happens(0.5)
        fate.isUnknownError = chance.happens(rates.isUnknownError)
        let at = scheduler.now - scheduler.startedAt
        if plan.outages.contains(where: { $0.service == port.service && $0.during.contains(at) }) {
            fate.ending = .fails
            counts[.callsFailed] += 1
            return fate
        }
        fate.ending = ending(rates)
        return fate
    }

    private func ending(_ rates: FaultRates) -> Fate.Ending {
        if chance.happens(rates.fails) {
            counts[.callsFailed] += 1
            return .fails
        }
        if chance.happens(rates.losesAnswers) {
            counts[.answersDropped] += 1
            return .losesAnswer
        }
        if chance.happens(rates.landsLate) {
            counts[.landedLate] += 1
            return .landsLate(chance.pick([10, 300, 5000, 40_000]))
        }
        if chance.happens(rates.kills) { return chance.happens(0.5) ? .killedBefore : .killedAfter }
        if chance.happens(rates.pauses) {
            let time = chance.pick([2000, 20_000, 45_000, 150_000]) as Int64
            return chance.happens(0.5) ? .pausedBefore(time) : .pausedAfter(time)
        }
        return .passes
    }

    func fault(_ service: Service, after fate: Fate) -> any Error {
        fate.isUnknownError ? UnknownFault() : ANBError.unavailable("the \(service) is away, on purpose")
    }

    /// Lets a call whose caller heard of a failure take effect later. Its errors interest nobody.
    func land<Value: Sendable>(
        after delay: Int64, as process: SimulatedProcess, _ effect: @escaping @Sendable () async throws -> Value
    ) {
        landings += 1
        scheduler.after(delay) { [self] in
            scheduler.spawn(on: scheduler.outside) { [self] in
                landings -= 1
                guard (try? scheduler.outside.checkAlive()) != nil else { return }
                _ = try? await acting(process, effect)
            }
        }
    }

    /// Runs the effect of a call in the name of a process.
    func acting<Value: Sendable>(
        _ process: SimulatedProcess, _ effect: @Sendable () async throws -> Value
    ) async throws -> Value {
        checker.actor = process
        return try await effect()
    }
}
