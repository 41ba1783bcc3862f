import ANBCore
import ANBTesting
import Testing

@testable import ANBQueue

/// The decisions, without a runner.
@Suite struct RunDecisionTests {
    private struct Strange: Error {}

    private static let made = Result<JobResult, any Error>.success(JobResult(commit: { _ in true }))
    private static let broken = Result<JobResult, any Error>.failure(Strange())

    private func name(_ verdict: RunVerdict) -> String {
        switch verdict {
        case .finish: "finish"
        case .discard: "discard"
        case .abandon: "abandon"
        case .giveBack: "give back"
        case .failed: "failed"
        }
    }

    @Test func everyEndHasItsVerdict() {
        #expect(name(RunVerdict(Self.made, nil)) == "finish")
        #expect(name(RunVerdict(Self.made, .stuck)) == "finish")
        #expect(name(RunVerdict(Self.made, .shutdown)) == "finish")
        #expect(name(RunVerdict(Self.made, .leaseLost)) == "discard")
        #expect(name(RunVerdict(Self.broken, nil)) == "failed")
        #expect(name(RunVerdict(Self.broken, .stuck)) == "failed")
        #expect(name(RunVerdict(Self.broken, .shutdown)) == "give back")
        #expect(name(RunVerdict(Self.broken, .noTurn)) == "give back")
        #expect(name(RunVerdict(Self.broken, .leaseLost)) == "abandon")
    }

    @Test func anUnknownErrorMayBeTriedAgainAndTellsTheUserNothing() {
        let failure = RunFailure(Strange())
        #expect(failure.recovery == .retryNow)
        #expect(failure.reason.contains("Strange"))
        #expect(!failure.userMessage.contains("Strange"))
    }

    @Test func aLongReasonIsCut() {
        let error = ANBError(.internal, "x", operatorMessage: String(repeating: "y", count: 5000))
        #expect(RunFailure(error).reason.count == 1000)
    }

    private func decision(_ recovery: ANBError.Recovery, after failures: Int, fraction: Double = 0.5) -> FailureDecision {
        FailureDecision(
            recovery, earlierFailures: failures, limits: AttemptLimits(failuresMax: 5),
            backoff: JobRunnerSettings.retryBackoff, fraction: fraction)
    }

    @Test func theFirstErrorForGoodIsTheLast() { #expect(decision(.never, after: 0) == .bury) }

    @Test func theLimitIsReachedExactly() {
        #expect(decision(.retryNow, after: 3) == .retry(after: .seconds(4)))
        #expect(decision(.retryNow, after: 4) == .bury)
        #expect(decision(.retryLater(after: .seconds(1)), after: 4) != .bury, "an outage is not the job's fault")
        #expect(decision(.retryLater(after: .seconds(1)), after: 118) != .bury)
        #expect(decision(.retryLater(after: .seconds(1)), after: 119) == .bury)
    }

    @Test func whoAsksForMoreTimeGetsIt() {
        #expect(decision(.retryLater(after: .seconds(40)), after: 0) == .retry(after: .seconds(40)))
        #expect(decision(.retryLater(after: .zero), after: 0) == .retry(after: .milliseconds(500)))
    }

    @Test func theBoundDoublesUpToItsCap() {
        let backoff = Backoff(base: .seconds(1), cap: .seconds(60))
        let bounds = (1...8).map { backoff.delay(afterFailures: $0, fraction: 1).inSeconds }
        #expect(bounds == [1, 2, 4, 8, 16, 32, 60, 60])
        #expect(backoff.delay(afterFailures: 1000, fraction: 1) == .seconds(60))
        #expect(backoff.delay(afterFailures: 0, fraction: 1) == .seconds(1))
    }

    @Test func theJitterIsFull() {
        let backoff = Backoff(base: .seconds(1), cap: .seconds(60))
        #expect(backoff.delay(afterFailures: 3, fraction: 0) == .zero)
        #expect(backoff.delay(afterFailures: 3, fraction: 0.25) == .seconds(1))
    }

    @Test func progressNeverGoesBack() {
        let half = JobProgress(stage: .transcoding, fraction: 0.5)
        #expect(half.advanced(to: JobProgress(stage: .transcoding, fraction: 0.6)).fraction == 0.6)
        #expect(half.advanced(to: JobProgress(stage: .transcoding, fraction: 0.4)) == half)
        #expect(half.advanced(to: JobProgress(stage: .downloading, fraction: 1)) == half)
        #expect(half.advanced(to: JobProgress(stage: .uploading)) == JobProgress(stage: .uploading))
    }

    @Test func progressStaysWithinItsRange() {
        let start = JobProgress(stage: .queued)
        for (told, kept) in [(-1.0, 0.0), (2.0, 1.0), (.nan, 0.0), (.infinity, 1.0)] {
            #expect(start.advanced(to: JobProgress(stage: .probing, fraction: told)).fraction == kept)
        }
    }

    @Test func silenceIsCountedFromTheLastReport() {
        let clock = ManualClock()
        let progress = RunProgress(clock: clock)
        clock.advance(by: .seconds(5))
        #expect(progress.silence == .seconds(5))
        progress.report(JobProgress(stage: .queued))
        #expect(progress.silence == .zero)
        #expect(progress.latest == JobProgress(stage: .queued))
    }

    @Test func theExpectedEndFollowsThePaceOfTheLongStage() {
        let clock = ManualClock()
        let progress = RunProgress(clock: clock)
        func report(_ stage: JobProgress.Stage, _ fraction: Double, after seconds: Double) -> Double? {
            clock.advance(by: .seconds(seconds))
            progress.report(JobProgress(stage: stage, fraction: fraction))
            return progress.latest.expectedEnd.map { ($0 - clock.now).inSeconds }
        }
        // A slow store and bumpers that are made for the first time say nothing about the pictures' pace.
        #expect(report(.downloading, 1, after: 60) == nil)
        #expect(report(.transcoding, 0, after: 60) == nil)
        #expect(report(.transcoding, 0.04, after: 0.4) == nil)
        #expect(abs((report(.transcoding, 0.5, after: 4.6) ?? 0) - 5.2) < 0.1)
        let end = progress.latest.expectedEnd
        clock.advance(by: .seconds(1))
        progress.report(JobProgress(stage: .transcoding, fraction: 0.5))
        #expect(progress.latest.expectedEnd == end, "a report of nothing new moves it")
    }

    @Test(arguments: [
        (JobProgress.Stage.queued, 1.0, false), (.downloading, 1, false), (.probing, 1, false), (.transcoding, 0, false),
        (.transcoding, 0.749, false), (.transcoding, 0.75, true), (.uploading, 0, true), (.transcoding, .nan, false),
    ])
    func aRunIsNearlyDoneWhenAQuarterOfTheLongStageIsLeft(stage: JobProgress.Stage, fraction: Double, isNearlyDone: Bool) {
        #expect(JobProgress(stage: stage, fraction: fraction).isNearlyDone == isNearlyDone)
    }

    @Test func aHeldSlotIsLetGoOnce() async {
        let slots = RunnerSlots(count: 2)
        let held = slots.take()
        #expect(await slots.waitForFree() == 1)
        held.letGo()
        held.letGo()
        #expect(await slots.waitForFree() == 2)
        held.end(failures: 3)
        #expect(await slots.waitForFree() == 2, "its slot was gone before")
        slots.take().end(failures: 3)
        #expect([slots.take().failures, slots.take().failures].sorted() == [0, 3], "the next one does not know of the failures")
    }
}
