/// What programs talk to.
enum Service: Int, CaseIterable {
    case database, store, queue
}

/// How often each thing goes wrong, 0…1 of the calls it can happen to.
struct FaultRates {
    /// Nothing happens, and the call throws.
    var fails = 0.0
    /// It takes effect, and the caller hears that it failed.
    var losesAnswers = 0.0
    /// The caller hears that it failed, and it takes effect some time later.
    var landsLate = 0.0
    /// The error is one that says nothing about whether to try again.
    var isUnknownError = 0.0
    /// The caller's process dies before or after the effect.
    var kills = 0.0
    /// The caller's process stands still before or after the effect.
    var pauses = 0.0
    /// The call takes seconds, not milliseconds.
    var isSlow = 0.0
}

/// A time in which a service cannot be reached.
struct Outage {
    var service: Service
    /// Milliseconds since the simulation began.
    var during: Range<Int64>
}
