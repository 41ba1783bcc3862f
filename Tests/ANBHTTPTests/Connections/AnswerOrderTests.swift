import Testing

@testable import ANBHTTP

@Suite struct AnswerOrderTests {
    private var order = AnswerOrder(lingerBytesMax: 100)

    @Test mutating func anAnswerAfterTheBodyNeedsNothing() {
        order.requestBegan()
        #expect(order.received(byteCount: 1_000_000) == .none)
        #expect(order.requestEnded() == .none)
        order.answerBegan(closes: false)
        #expect(order.answerEnded() == .none)
    }

    @Test mutating func anEarlyAnswerLingersUntilTheBodyEnds() {
        order.requestBegan()
        order.answerBegan(closes: false)
        #expect(order.answerEnded() == .linger)
        #expect(order.received(byteCount: 100) == .none)
        #expect(order.requestEnded() == .stopLingering)
        order.requestBegan()
        #expect(order.received(byteCount: 1_000_000) == .none)
        #expect(!order.isOver)
    }

    @Test mutating func anEarlyAnswerCutsABodyThatGoesOn() {
        order.requestBegan()
        order.answerBegan(closes: false)
        #expect(order.answerEnded() == .linger)
        #expect(order.received(byteCount: 60) == .none)
        #expect(order.received(byteCount: 60) == .cut)
    }

    @Test mutating func anAnswerThatClosesEndsEverything() {
        order.requestBegan()
        #expect(order.received(byteCount: 50) == .none)
        order.answerBegan(closes: true)
        #expect(order.answerEnded() == .endAnswering)
        #expect(order.isOver)
        #expect(order.received(byteCount: 100) == .none)
        #expect(order.requestEnded() == .none)
        #expect(order.received(byteCount: 1) == .cut)
        #expect(!order.mayInvite)
    }

    /// With two requests on the way, the body being read belongs to the second.
    @Test mutating func aPipelinedBodyIsNotTheAnsweredOnes() {
        order.requestBegan()
        #expect(order.requestEnded() == .none)
        #expect(order.mayInvite)
        order.requestBegan()
        #expect(!order.mayInvite)
        order.answerBegan(closes: false)
        #expect(order.answerEnded() == .none)
        #expect(order.received(byteCount: 1_000) == .none)
    }
}
