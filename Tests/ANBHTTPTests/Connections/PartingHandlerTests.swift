import ANBTesting
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Synchronization
import Testing

@testable import ANBHTTP

@Suite struct PartingHandlerTests {
    /// Notes when the rest of the pipeline is told to come to an end.
    private final class Quiesced: ChannelInboundHandler, Sendable {
        typealias InboundIn = HTTPRequestPart
        let count = Mutex(0)

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event is ChannelShouldQuiesceEvent { count.withLock { $0 += 1 } }
        }
    }

    @Test func theEndWaitsForARequestThatIsOnItsWay() throws {
        let rest = Quiesced()
        let channel = EmbeddedChannel(handlers: [PartingHandler(seconds: 1), rest])
        try answer(on: channel, closes: false)
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(rest.count.withLock { $0 } == 0)
        try answer(on: channel, closes: true)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(999))
        #expect(rest.count.withLock { $0 } == 0)
        channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
        #expect(rest.count.withLock { $0 } == 1)
        _ = try channel.finish()
    }

    @Test func aConnectionThatEndsBeforeIsLeftAlone() throws {
        let rest = Quiesced()
        let channel = EmbeddedChannel(handlers: [PartingHandler(seconds: 1), rest])
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        _ = try channel.finish()
        channel.embeddedEventLoop.advanceTime(by: .seconds(2))
        #expect(rest.count.withLock { $0 } == 0)
    }

    private func answer(on channel: EmbeddedChannel, closes: Bool) throws {
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
        guard case .head(let head) = try channel.readOutbound(as: HTTPResponsePart.self) else {
            throw ConformanceFailure("no head came out")
        }
        #expect(head.headerFields[.connection] == (closes ? "close" : nil))
    }
}
