import Testing

@testable import Simulation

/// The one part of the checker that searches, against histories that a person can judge.
struct VoteHistoryTests {
    private func history(_ operations: VoteHistory.Operation...) -> VoteHistory { VoteHistory(operations: operations) }

    private func cast(_ from: Int64, _ until: Int64?, _ changed: Bool?) -> VoteHistory.Operation {
        VoteHistory.Operation(isCast: true, from: from, until: until, changed: changed)
    }

    private func retract(_ from: Int64, _ until: Int64?, _ changed: Bool?) -> VoteHistory.Operation {
        VoteHistory.Operation(isCast: false, from: from, until: until, changed: changed)
    }

    @Test func aVoteThatNobodyAskedForIsNotExplained() {
        #expect(history().explains(isLive: false))
        #expect(!history().explains(isLive: true))
    }

    @Test func anAcknowledgedVoteMustBeThere() {
        #expect(history(cast(0, 1, true)).explains(isLive: true))
        #expect(!history(cast(0, 1, true)).explains(isLive: false))
        #expect(history(cast(0, 1, true), retract(2, 3, true)).explains(isLive: false))
    }

    @Test func oneAnswerMayBeTrueOnlyOnce() {
        #expect(!history(cast(0, 1, true), cast(2, 3, true)).explains(isLive: true))
        #expect(history(cast(0, 1, true), cast(2, 3, false)).explains(isLive: true))
    }

    @Test func whatWasNotAnsweredMayHappenOrNot() {
        #expect(history(cast(0, nil, nil)).explains(isLive: true))
        #expect(history(cast(0, nil, nil)).explains(isLive: false))
        // It happened before the second, or the second would not have been refused.
        #expect(history(cast(0, nil, nil), cast(5, 6, false)).explains(isLive: true))
        #expect(!history(cast(0, nil, nil), cast(5, 6, false)).explains(isLive: false))
        // It may happen long after it was asked for.
        #expect(history(cast(0, nil, nil), cast(5, 6, true), retract(7, 8, true)).explains(isLive: true))
    }

    @Test func answersThatOverlapMayComeInAnyOrder() {
        #expect(history(cast(0, 9, false), cast(1, 9, true)).explains(isLive: true))
        #expect(!history(cast(0, 1, false), cast(2, 9, true)).explains(isLive: true))
    }
}
