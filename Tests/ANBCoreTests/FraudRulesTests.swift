import ANBTesting
import Testing

@testable import ANBCore

struct FraudRulesTests {
    private let ids = SequentialIDs()
    private let rules = FraudRules()

    /// Votes `spacing` seconds apart, by old accounts that vote for much, from nowhere.
    private func votes(_ count: Int, every spacing: Double) -> [VoteRecord] {
        (0..<count).map { index in
            VoteRecord(
                voter: ids.next(), castAt: Samples.start + .milliseconds(Int64(Double(index) * spacing * 1000)),
                accountCreatedAt: Samples.start - .seconds(86_400), videosOfVoter: 5)
        }
    }

    @Test func ordinaryVotesHaveNoSigns() {
        #expect(rules.signals(of: votes(200, every: 3)).isEmpty)
        #expect(rules.signals(of: []).isEmpty)
        #expect(rules.largestBurst([]) == 0)
    }

    @Test func aBurstHasAnEdge() {
        // 30 votes within less than 60 s: the 30th comes 59.9 s after the first.
        #expect(rules.signals(of: votes(30, every: 59.9 / 29)).count == 30)
        // It comes 60 s after the first: no 30 within 60 s.
        #expect(rules.signals(of: votes(30, every: 60.0 / 29)).isEmpty)
        #expect(rules.signals(of: votes(29, every: 0)).isEmpty)
        #expect(rules.signals(of: votes(30, every: 0)).values.allSatisfy { $0 == [.burst] })
    }

    @Test func onlyTheBurstIsMarked() {
        var all = votes(40, every: 0)
        for index in 0..<5 { all[index].castAt = Samples.start - .seconds(120 * Int64(6 - index)) }
        let found = rules.signals(of: all)
        #expect(found.count == 35)
        #expect(all.prefix(5).allSatisfy { found[$0.voter] == nil })
        #expect(rules.largestBurst(all) == 35)
    }

    @Test func youngAccountsHaveAnEdge() {
        var all = votes(2, every: 1000)
        all[0].accountCreatedAt = all[0].castAt - .milliseconds(599_999)
        all[1].accountCreatedAt = all[1].castAt - .seconds(600)
        #expect(rules.signals(of: all) == [all[0].voter: [.youngAccount]])
    }

    @Test func aSharedNetworkHasAnEdge() {
        var all = votes(39, every: 100)
        for index in 0..<20 { all[index].network = "gym" }
        for index in 20..<39 { all[index].network = "home" }
        let found = rules.signals(of: all)
        #expect(Set(found.keys) == Set(all.prefix(20).map(\.voter)))
        #expect(found.values.allSatisfy { $0 == [.sharedNetwork] })
    }

    @Test func signsAddUp() {
        var all = votes(30, every: 0)
        for index in all.indices {
            all[index].videosOfVoter = 1
            all[index].accountCreatedAt = all[index].castAt
            all[index].network = "one"
        }
        #expect(rules.signals(of: all).values.allSatisfy { $0 == Set(FraudSignal.allCases) })
    }
}
