import ANBCore
import Logging
import Tracing

/// One run of one claimed job, from its start to the last line in the books.
struct JobRun: Sendable {
    let job: Job
    let handler: any JobHandler
    let delivery: JobDelivery
    let ledger: JobLedger
    let queue: any JobQueue
    let acknowledgements: Gathering<JobDelivery, Void>
    /// At what fills the machine.
    let turns: Turns
    /// Let go as soon as the next job may begin.
    let slot: RunnerSlots.Hold
    /// Rings when the process begins to shut down.
    let shutdown: Doorbell
    let settings: JobRunnerSettings
    let metrics: RunMetrics
    let pulse: RunnerPulse
    let clock: any WallClock
    let logger: Logger

    func perform() async {
        let origin = TraceOrigin(correlationID: job.correlationID, parent: "\(job.id)")
        await withSpan("job \(job.kind)", context: origin.context, ofKind: .consumer) { span in
            span.attributes["anb.job_id"] = "\(job.id)"
            span.attributes["anb.attempt"] = job.attempt
            span.attributes["anb.correlation_id"] = job.correlationID
            let ending = await perform(RunStages(metrics, clock, below: span.context))
            span.attributes["anb.ending"] = ending.rawValue
            if ending.ofLastStage == "failed" { span.setStatus(SpanStatus(code: .error, message: ending.rawValue)) }
        }
    }

    private func perform(_ stages: RunStages) async -> RunEnding {
        let start = clock.now
        logger.info("the run begins")
        metrics.began()
        let (result, interruption) = await supervise(stages)
        let verdict = RunVerdict(result, interruption)
        let ending = await unstoppable { await settle(verdict) }
        stages.end(ending)
        let now = clock.now
        let seconds = (now - start).inSeconds
        metrics.ended(job, ending, seconds: seconds, at: now)
        logger.info("the run has ended", metadata: ["ending": "\(ending.rawValue)", "seconds": "\(seconds)"])
        return ending
    }

    // MARK: - While it runs

    private enum Event: Sendable {
        case ended(Result<JobResult, any Error>)
        case interrupted(Interruption)
        /// A watcher was told to stop.
        case quiet
    }

    /// Returns only when the handler has returned; one that ignores its cancellation keeps its slot or its turn.
    private func supervise(_ stages: RunStages) async -> (Result<JobResult, any Error>, Interruption?) {
        let progress = RunProgress(clock: clock)
        return await withTaskGroup(of: Event.self) { group in
            group.addTask { await work(progress, stages) }
            group.addTask { await keepLease(progress) }
            group.addTask { await watchForShutdown() }
            var interruption: Interruption?
            while let event = await group.next() {
                switch event {
                case .ended(let result):
                    // A cancelled runner is a shutdown without a budget.
                    if interruption == nil, Task.isCancelled { interruption = .shutdown }
                    group.cancelAll()
                    return (result, interruption)
                case .interrupted(let reason):
                    logger.warning("the run is cancelled", metadata: ["reason": "\(reason)"])
                    interruption = interruption ?? reason
                    group.cancelAll()
                case .quiet: break
                }
            }
            return (.failure(ANBError.internal("a run lost its handler")), interruption)
        }
    }

    private func work(_ progress: RunProgress, _ stages: RunStages) async -> Event {
        do {
            return .ended(.success(try await handler.run(job, context(progress, stages))))
        } catch {
            return .ended(.failure(error))
        }
    }

    private func context(_ progress: RunProgress, _ stages: RunStages) -> JobContext {
        JobContext { [slot] in
            progress.report($0)
            stages.report($0)
            if $0.isNearlyDone { slot.letGo() }
        } takeTurn: { [turns] in
            try await progress.whileWaiting { try await turns.enter() }
            return { turns.leave() }
        }
    }

    /// Notes progress and renews the lease until it is lost, the run is stuck, or the task is cancelled. An outage of
    /// the ledger alone does not stop the run: the fence decides in the end.
    private func keepLease(_ progress: RunProgress) async -> Event {
        // Hidden for as long as the queue likes, the message would outlast this worker's death by minutes.
        if queue.keepsGroupsInOrder { await limitMessage() }
        var noted = job.progress
        var heartbeatAt = clock.now + settings.heartbeatInterval
        while true {
            do {
                try await clock.sleep(for: settings.progressInterval)
            } catch {
                return .quiet
            }
            if progress.silence >= settings.stuckAfter { return .interrupted(.stuck) }
            if let wait = progress.wait {
                // Whoever it waits for has a heart of its own; a worker in which all wait for one that hangs must be noticed.
                if wait >= settings.turnWaitMax { return .interrupted(.noTurn) }
            } else {
                pulse.beat()
            }
            let (now, latest) = (clock.now, progress.latest)
            guard now >= heartbeatAt || latest != noted else { continue }
            do {
                guard try await ledger.heartbeat(job, latest) else { return .interrupted(.leaseLost) }
                noted = latest
                guard now >= heartbeatAt else { continue }
                heartbeatAt = now + settings.heartbeatInterval
                try await keepMessage()
            } catch {
                logger.warning("a heartbeat failed", metadata: ["error": "\(error)"])
            }
        }
    }

    private func limitMessage() async {
        do {
            try await keepMessage()
        } catch  where !Task.isCancelled {
            logger.warning("the message is hidden for longer than the lease", metadata: ["error": "\(error)"])
        } catch {
            // The run was over before.
        }
    }

    private func keepMessage() async throws { try await queue.extend(delivery, by: settings.visibility) }

    private func watchForShutdown() async -> Event {
        await shutdown.wait(after: 0)
        do {
            try await clock.sleep(for: settings.drainBudget)
            return .interrupted(.shutdown)
        } catch {
            return .quiet
        }
    }

    // MARK: - Afterwards

    /// Writes down how the run ended. When the ledger cannot be reached for long, nothing is acknowledged and nothing
    /// removed: the lease ends, and whether this run's result counts is then told by the ledger alone.
    private func settle(_ verdict: RunVerdict) async -> RunEnding {
        do {
            switch verdict {
            case .finish(let result): return try await finish(result)
            case .discard(let result):
                await discard(result)
                return await acknowledged(.fenced_out)
            case .abandon: return await acknowledged(.fenced_out)
            case .giveBack: return try await giveBack()
            case .failed(let failure): return try await fail(failure)
            }
        } catch {
            logger.error("the end of the run could not be written down", metadata: ["error": "\(error)"])
            return .unsettled
        }
    }

    private func finish(_ result: JobResult) async throws -> RunEnding {
        do {
            switch try await ledger.finish(job, result, logger) {
            case .committed:
                await tidy("tidying after the commit", result.afterCommit)
                return await acknowledged(.committed)
            case .committedBefore: return await acknowledged(.committed)
            case .unwanted:
                await discard(result)
                return await acknowledged(.unwanted)
            case .fencedOut:
                await discard(result)
                return await acknowledged(.fenced_out)
            }
        } catch let error where error.isForGood {
            let ending = try await fail(RunFailure(error))
            // Only now is it sure that the failed commit did not happen after all.
            if ending != .fenced_out { await discard(result) }
            return ending
        }
    }

    private func giveBack() async throws -> RunEnding {
        guard try await ledger.giveBack(job, logger) else { return await acknowledged(.fenced_out) }
        await tell("giving the message back") { try await queue.giveBack(delivery, after: .zero) }
        return .given_back
    }

    /// A rescheduled job's message is acknowledged too: the relay rings when the retry is due, and the dead letters
    /// keep what no worker could take, not what fails for a while.
    private func fail(_ failure: RunFailure) async throws -> RunEnding {
        let decision = FailureDecision(
            failure.recovery, earlierFailures: job.failures, limits: settings.limits,
            backoff: JobRunnerSettings.retryBackoff, fraction: ledger.ids.fraction())
        logger.warning("the run failed", metadata: ["reason": "\(failure.reason)", "decision": "\(decision)"])
        switch decision {
        case .bury:
            let isOurs = try await ledger.bury(job, failure, logger)
            return await acknowledged(isOurs ? .buried : .fenced_out)
        case .retry(let delay):
            let isOurs = try await ledger.reschedule(job, after: delay, failure, logger)
            return await acknowledged(isOurs ? .rescheduled : .fenced_out)
        }
    }

    private func discard(_ result: JobResult) async { await tidy("discarding the outputs", result.discard) }

    private func acknowledged(_ ending: RunEnding) async -> RunEnding {
        await tell("acknowledging the message") { try await acknowledgements(delivery) }
        return ending
    }

    /// What stays is removed by the sweeper.
    private func tidy(_ what: String, _ body: () async throws -> Void) async {
        do {
            try await body()
        } catch {
            logger.warning("\(what) failed", metadata: ["error": "\(error)"])
        }
    }

    /// A message that comes back is answered by the ledger.
    private func tell(_ what: String, _ body: () async throws -> Void) async { await tidy(what, body) }
}
