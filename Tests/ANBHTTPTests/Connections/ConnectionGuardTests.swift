import ANBTesting
import HTTPTypes
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import Testing

@testable import ANBHTTP

@Suite struct ConnectionGuardTests {
    private let limits: EdgeLimits = {
        var limits = EdgeLimits()
        (limits.lingerSecondsMax, limits.lingerBytesMax, limits.idleSecondsMax) = (2, 1000, 30)
        return limits
    }()

    @Test func anExpectingClientIsInvited() throws {
        try withChannel { channel in
            try channel.writeInbound(head(["expect": "100-Continue", "content-length": "500"]))
            let answer = try #require(try channel.readOutbound(as: HTTPResponsePart.self))
            #expect(answer == .head(HTTPResponse(status: .continue)))
        }
    }

    @Test func aBodyThatIsTooLargeIsNotInvited() throws {
        try withChannel { channel in
            try channel.writeInbound(head(["expect": "100-continue", "content-length": "501"]))
            #expect(try channel.readOutbound(as: HTTPResponsePart.self) == nil)
        }
    }

    @Test func whoDoesNotAskIsNotInvited() throws {
        try withChannel { channel in
            try channel.writeInbound(head(["content-length": "500"]))
            #expect(try channel.readOutbound(as: HTTPResponsePart.self) == nil)
        }
    }

    @Test func anUnfinishedBodyCostsTheConnectionAfterTheAnswer() throws {
        try withChannel { channel in
            try channel.writeInbound(head([:]))
            try answer(on: channel)
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(1999))
            #expect(channel.isActive)
            channel.embeddedEventLoop.advanceTime(by: .milliseconds(1))
            #expect(!channel.isActive)
        }
    }

    @Test func aFinishedBodyKeepsIt() throws {
        try withChannel { channel in
            try channel.writeInbound(head([:]))
            try answer(on: channel)
            try channel.writeInbound(HTTPRequestPart.end(nil))
            channel.embeddedEventLoop.advanceTime(by: .seconds(20))
            #expect(channel.isActive)
        }
    }

    @Test func anEndlessBodyIsCutByBytes() throws {
        try withChannel { channel in
            try channel.writeInbound(head([:]))
            try answer(on: channel)
            try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 0, count: 1000)))
            #expect(channel.isActive)
            try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 0, count: 1)))
            #expect(!channel.isActive)
        }
    }

    @Test func afterAnAnswerThatClosesNothingIsPassedOn() throws {
        try withChannel { channel in
            try channel.writeInbound(head([:]))
            _ = try channel.readInbound(as: HTTPRequestPart.self)
            try answer(on: channel, headers: [.connection: "close"])
            if channel.isActive { try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "late"))) }
            #expect(try channel.readInbound(as: HTTPRequestPart.self) == nil)
            channel.embeddedEventLoop.advanceTime(by: .seconds(2))
            #expect(!channel.isActive)
        }
    }

    @Test func aClientThatDoesNotReadIsCut() throws {
        try withChannel { channel in
            channel.isWritable = false
            channel.pipeline.fireChannelWritabilityChanged()
            channel.embeddedEventLoop.advanceTime(by: .seconds(29))
            channel.isWritable = true
            channel.pipeline.fireChannelWritabilityChanged()
            channel.embeddedEventLoop.advanceTime(by: .seconds(29))
            #expect(channel.isActive)
            channel.isWritable = false
            channel.pipeline.fireChannelWritabilityChanged()
            channel.embeddedEventLoop.advanceTime(by: .seconds(30))
            #expect(!channel.isActive)
        }
    }

    @Test func aFailureOfTheConnectionIsNotAnswered() throws {
        try withChannel { channel in
            channel.pipeline.fireErrorCaught(IOError(errnoCode: 104, reason: "read"))
            let answer = try channel.readOutbound(as: HTTPResponsePart.self)
            #expect(answer == nil)
        }
    }

    /// Its bytes would end up within the answer that is being written.
    @Test func whatIsNoRequestBehindOneIsNotAnsweredInBetween() throws {
        try withChannel { channel in
            try channel.writeInbound(head([:]))
            try channel.writeInbound(HTTPRequestPart.end(nil))
            channel.pipeline.fireErrorCaught(HTTPParserError.invalidMethod)
            #expect(try channel.readOutbound(as: HTTPResponsePart.self) == nil)
        }
    }

    // MARK: - A connection

    private func withChannel(_ body: (EmbeddedChannel) throws -> Void) throws {
        let channel = EmbeddedChannel(
            handler: ConnectionGuard(
                limits: limits, bodyBytesMax: 500, crowd: WaitingConnections(connectionsMax: 100), ids: SequentialIDs(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try body(channel)
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    private func head(_ headers: [String: String]) -> HTTPRequestPart {
        var request = HTTPRequest(method: .post, scheme: "http", authority: "a", path: "/")
        for (name, value) in headers { request.headerFields[HTTPField.Name(name) ?? .expect] = value }
        return .head(request)
    }

    private func answer(on channel: EmbeddedChannel, headers: HTTPFields = [:]) throws {
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok, headerFields: headers)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
    }
}
