import ANBCore
import ANBQueue

/// What a seed decided before anything runs. Most seeds leave most faults out, so that each of them is seen alone and
/// with every other.
struct Plan {
    var replicas: Int
    var workers: Int
    var slots: Int
    var players: Int
    /// Things that a player does at the same time.
    var lanes: Int
    /// Of each lane.
    var operations: Int
    var rates: [FaultRates]
    var outages: [Outage]
    var messages: MessageRates
    var network: NetworkRates
    var media: MediaRates
    /// Bodies of transactions that run twice.
    var rerunRate: Double
    var skewMax: Int64
    var attempts: AttemptLimits
    /// Between two polite ends of a worker; `nil` for none.
    var drainEvery: ClosedRange<Int64>?
    var hasOperator: Bool
    var isModerated: Bool
    /// Clips that kill whoever transcodes them.
    var hasKillers: Bool
    /// Whether there is more work after everything has healed.
    var worksOn: Bool
    var lease: Duration
    var uploadsPerPlayerMax: Int

    struct MessageRates {
        var drops = 0.0
        var doubles = 0.0
        var delays = 0.0
        var visibility: Int64 = 30_000
        var receivesMax = 3
        var keepsGroupsInOrder = false
        var outlivesProcess = true
    }

    struct NetworkRates {
        var losesRequests = 0.0
        var losesAnswers = 0.0
        var cuts = 0.0
        var cancels = 0.0
    }

    struct MediaRates {
        var fails = 0.0
        var hangs = 0.0
        var kills = 0.0
        var transcodeMax: Int64 = 20_000
    }

    init(seed: UInt64) {
        var chance = Chance(seed: seed, stream: 2)
        /// One in three simulations has little of a fault, one in three more, one in three none.
        func rate(_ little: Double, _ more: Double) -> Double { chance.pick([0, little, more]) }
        replicas = 1 + chance.below(3)
        workers = 1 + chance.below(3)
        slots = 1 + chance.below(2)
        players = 2 + chance.below(2)
        lanes = 1 + chance.below(2)
        operations = (3 + chance.below(6)) / lanes
        lease = chance.pick([.seconds(10), .seconds(30)])
        uploadsPerPlayerMax = chance.pick([1, 16])
        let kills = rate(0.002, 0.01)
        let pauses = rate(0.001, 0.005)
        rates = Service.allCases.map { service in
            FaultRates(
                fails: rate(0.01, 0.1), losesAnswers: rate(0.01, 0.1), landsLate: service == .queue ? 0 : rate(0.01, 0.05),
                isUnknownError: rate(0.1, 0.5), kills: kills, pauses: pauses, isSlow: rate(0.01, 0.05))
        }
        outages = (0..<chance.below(4)).map { _ in
            let start = chance.number(0...90_000)
            return Outage(
                service: chance.pick(Service.allCases), during: start..<start + chance.number(500...60_000))
        }
        messages = MessageRates(
            drops: rate(0.1, 0.5), doubles: rate(0.1, 0.5), delays: rate(0.1, 0.5),
            visibility: chance.pick([5000, 30_000, 300_000]),
            receivesMax: chance.pick([1, 3, 5]), keepsGroupsInOrder: chance.happens(0.3), outlivesProcess: chance.happens(0.7))
        network = NetworkRates(
            losesRequests: rate(0.02, 0.1), losesAnswers: rate(0.02, 0.2), cuts: rate(0.02, 0.1), cancels: rate(0.02, 0.1))
        media = MediaRates(
            fails: rate(0.05, 0.4), hangs: rate(0.02, 0.1), kills: rate(0.05, 0.3),
            transcodeMax: chance.pick([2000, 20_000, 45_000]))
        rerunRate = rate(0.05, 0.3)
        skewMax = chance.pick([0, 500, 5000])
        attempts = chance.pick([AttemptLimits(), AttemptLimits(failuresMax: 3, outageFailuresMax: 6, workerDeathsMax: 3)])
        drainEvery = chance.pick([nil, 5000...60_000])
        worksOn = chance.happens(0.5)
        hasOperator = chance.happens(0.3)
        isModerated = chance.happens(0.25)
        hasKillers = attempts.workerDeathsMax < 10 && chance.happens(0.5)
    }

    /// Programs' settings that let a simulation end within minutes of its own time.
    var limits: Limits {
        var limits = Limits()
        limits.concurrentUploadsPerUserMax = uploadsPerPlayerMax
        limits.uploadStoringSecondsMax = 120
        limits.orphanGraceSeconds = 120
        return limits
    }

    static let sweepInterval: Duration = .seconds(60)
    static let relayInterval: Duration = .seconds(5)

    func runnerSettings(worker: String) -> JobRunnerSettings {
        JobRunnerSettings(
            worker: worker, slots: slots, lease: lease, heartbeatInterval: lease / 3, progressInterval: .seconds(5),
            drainBudget: .seconds(10), limits: attempts)
    }
}
