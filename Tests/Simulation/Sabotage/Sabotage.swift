/// A promise of the platform that is broken on purpose, to see that the simulation notices.
public enum Sabotage: String, CaseIterable, Sendable {
    /// The outbox is not relayed: only an upload's own bell rings.
    case neverRingsAgain
    /// Whoever waits for a commit hears of it 50 ms before it happens.
    case acknowledgesBeforeCommit
    /// Whoever ever held a job may renew its lease, give it back, put it off and bury it.
    case ignoresFences
    /// Whoever ever held a job may finish it.
    case finishesWithoutFence
    /// Leases keep nobody away.
    case takesHeldJobs
    /// Worker deaths are counted and have no limit.
    case ignoresWorkerDeaths
    /// A second vote is answered like the first.
    case confirmsSecondVotes
    /// Each vote comes with one of somebody who never asked for it.
    case inventsVotes
    /// The sweeper knows neither notes of uploads nor its grace period.
    case sweepsFreshObjects
    case neverSweeps
    /// A repeat is taken for a new upload.
    case forgetsIdempotencyKeys
    /// What a process stored in its last two seconds dies with it.
    case losesFreshObjects
}
