import ANBCore

/// Why a run was told to stop before its handler was done.
enum Interruption: Hashable, Sendable {
    /// Another worker has the job now.
    case leaseLost
    /// No sign of life for too long.
    case stuck
    /// Its turn did not come: whoever has it hangs. Another worker may have turns to give.
    case noTurn
    /// The process is shutting down.
    case shutdown
}

/// What follows from how a run ended.
enum RunVerdict: Sendable {
    /// Commit what was made.
    case finish(JobResult)
    /// Somebody else's now; remove what was made.
    case discard(JobResult)
    /// Somebody else's now; there is nothing to remove.
    case abandon
    /// Free for the next worker at once, with nothing counted.
    case giveBack
    case failed(RunFailure)
}

/// A run that counts as failed.
struct RunFailure: Sendable {
    /// For operators.
    var reason: String
    /// For the user, should this be the job's end.
    var userMessage: String
    /// The same as a stable name.
    var code: FailureCode
    var recovery: ANBError.Recovery

    init(_ error: any Error) {
        let known = error as? ANBError
        reason = String("\(error)".prefix(Self.reasonCharactersMax))
        userMessage = (known ?? .internal(reason)).userMessage
        code = known?.failureCode ?? .processingFailed
        // Nobody said that an unknown error is for good.
        recovery = known?.recovery ?? .retryNow
    }

    /// Characters; reasons are kept in a row.
    private static let reasonCharactersMax = 1000
}

extension RunVerdict {
    /// - Parameters:
    ///   - result: What the handler returned or threw.
    ///   - interruption: Why it was cancelled, if it was. Whatever it throws after that is the cancellation's doing;
    ///     what it returns is as good as ever, unless the job is another worker's.
    init(_ result: Result<JobResult, any Error>, _ interruption: Interruption?) {
        switch (result, interruption) {
        case (.success(let made), .leaseLost): self = .discard(made)
        case (.success(let made), _): self = .finish(made)
        case (.failure, .leaseLost): self = .abandon
        case (.failure, .shutdown), (.failure, .noTurn): self = .giveBack
        case (.failure, .stuck): self = .failed(RunFailure(Self.stuck))
        case (.failure(let error), nil): self = .failed(RunFailure(error))
        }
    }

    private static var stuck: ANBError {
        ANBError(
            .mediaFailed, "The video could not be processed in time. Please upload it again, or try another file.",
            operatorMessage: "stuck: no progress was reported for too long", recovery: .retryNow, failureCode: .timedOut)
    }
}

/// What becomes of a failed job.
enum FailureDecision: Hashable, Sendable {
    case bury
    case retry(after: Duration)

    /// - Parameters:
    ///   - earlierFailures: Of the same job.
    ///   - fraction: Chance for the delay, in 0..<1.
    init(
        _ recovery: ANBError.Recovery, earlierFailures: Int, limits: AttemptLimits, backoff: Backoff, fraction: Double
    ) {
        let failures = earlierFailures + 1
        let delay = backoff.delay(afterFailures: failures, fraction: fraction)
        switch recovery {
        case .never: self = .bury
        case .retryNow where failures >= limits.failuresMax: self = .bury
        case .retryLater where failures >= limits.outageFailuresMax: self = .bury
        case .retryNow: self = .retry(after: delay)
        case .retryLater(let after): self = .retry(after: max(delay, after))
        }
    }
}
