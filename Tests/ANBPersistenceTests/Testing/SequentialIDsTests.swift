import ANBCore
import ANBTesting
import Testing

@Suite("SequentialIDs")
struct SequentialIDsTests {
    @Test func repeatForTheSameSeed() {
        let (first, second) = (SequentialIDs(seed: 7), SequentialIDs(seed: 7))
        for _ in 0..<100 { #expect(first.uuid() == second.uuid()) }
        #expect(first.randomBytes(32) == second.randomBytes(32))
        #expect(first.fraction() == second.fraction())
    }

    @Test func differForAnotherSeed() {
        let (first, second) = (SequentialIDs(seed: 7), SequentialIDs(seed: 8))
        #expect(first.uuid() != second.uuid())
        #expect(first.randomBytes(32) != second.randomBytes(32))
    }

    @Test func sortInTheOrderInWhichTheyWereMade() {
        let ids = SequentialIDs()
        let made: [UserID] = (0..<300).map { _ in ids.next() }
        #expect(made == made.sorted())
        #expect(Set(made).count == 300)
        #expect(made.allSatisfy { UserID($0.description) == $0 })
    }

    @Test func fractionsStayBelowOne() {
        let ids = SequentialIDs()
        #expect((0..<1000).allSatisfy { _ in (0..<1).contains(ids.fraction()) })
    }
}
