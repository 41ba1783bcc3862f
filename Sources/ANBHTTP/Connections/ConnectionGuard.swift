import ANBCore
import Foundation
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// What the HTTP server itself leaves open on one connection: it answers `Expect: 100-continue`, answers what is no HTTP
/// as the routes answer their problems, serves clients of HTTP/1.0 in their way, closes after an answer that says so, does not read an endless body whose answer is already out, and cuts a client that does not
/// take its answer.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: EdgeLimits
    private let bodyBytesMax: Int64
    private let ids: any IDGenerator
    private let logger: Logger
    private let crowd: WaitingConnections
    private var isCounted = false
    private var order: AnswerOrder
    private var lingering: Scheduled<Void>?
    private var stalled: Scheduled<Void>?

    /// - Parameters:
    ///   - bodyBytesMax: Larger declared bodies are not invited.
    ///   - crowd: All connections of the server.
    init(limits: EdgeLimits, bodyBytesMax: Int64, crowd: WaitingConnections, ids: any IDGenerator, logger: Logger) {
        self.crowd = crowd
        self.limits = limits
        self.bodyBytesMax = bodyBytesMax
        self.ids = ids
        self.logger = logger
        self.order = AnswerOrder(lingerBytesMax: limits.lingerBytesMax)
    }

    /// Below the types that know no version; where there is no such layer, as in a test, nothing is missed.
    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { count(context) }
        let pipeline = context.pipeline.syncOperations
        guard let decoder = try? pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self) else { return }
        try? pipeline.addHandler(OldClientHandler(), position: .after(decoder))
    }

    func channelActive(context: ChannelHandlerContext) {
        count(context)
        context.fireChannelActive()
    }

    private func count(_ context: ChannelHandlerContext) {
        guard !isCounted else { return }
        isCounted = true
        crowd.opened(context.channel, at: context.eventLoop.now)
    }

    /// After a request or its answer ended, whichever came last.
    private func noteIdle(_ context: ChannelHandlerContext) {
        if isCounted, order.isIdle { crowd.idle(context.channel, at: context.eventLoop.now) }
    }

    // MARK: - Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let drops = order.isOver
        switch unwrapInboundIn(data) {
        case .head(let head):
            crowd.busy(context.channel)
            order.requestBegan()
            inviteBody(of: head, context)
        case .body(let bytes): act(on: order.received(byteCount: bytes.readableBytes), context)
        case .end:
            act(on: order.requestEnded(), context)
            noteIdle(context)
        }
        if !drops { context.fireChannelRead(data) }
    }

    private func inviteBody(of head: HTTPRequest, _ context: ChannelHandlerContext) {
        guard head.headerFields[.expect]?.lowercased() == "100-continue", order.mayInvite else { return }
        if let declared = head.headerFields[.contentLength].flatMap(Int64.init), declared > bodyBytesMax { return }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
    }

    /// An answer on its way is left to whoever writes it.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard order.isIdle, let request = UnreadableRequest(error) else { return context.fireErrorCaught(error) }
        let id = ids.uuidText()
        logger.info(
            "request refused",
            metadata: ["correlation_id": "\(id)", "status": "\(request.status.code)", "error": "\(error)"])
        order.requestBegan()
        for part in request.parts(correlationID: id) { write(context: context, data: wrapOutboundOut(part), promise: nil) }
    }

    // MARK: - Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.status.kind != .informational {
                order.answerBegan(closes: head.headerFields[.connection]?.lowercased() == "close")
            }
            context.write(data, promise: promise)
        case .body: context.write(data, promise: promise)
        case .end: writeEnd(data, promise, context)
        }
    }

    private func writeEnd(_ data: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        let action = order.answerEnded()
        guard action == .endAnswering else {
            context.write(data, promise: promise)
            noteIdle(context)
            return act(on: action, context)
        }
        let written = promise ?? context.eventLoop.makePromise()
        let channel = context.channel
        written.futureResult.whenComplete { _ in channel.close(mode: .output, promise: nil) }
        context.writeAndFlush(data, promise: written)
        act(on: .linger, context)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stalled?.cancel()
        stalled = context.channel.isWritable ? nil : cut(context, after: limits.idleSecondsMax)
        context.fireChannelWritabilityChanged()
    }

    // MARK: - Ends

    private func act(on action: AnswerOrder.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .none: break
        case .linger, .endAnswering:
            lingering?.cancel()
            lingering = cut(context, after: limits.lingerSecondsMax)
        case .stopLingering:
            lingering?.cancel()
            lingering = nil
        case .cut: context.close(promise: nil)
        }
    }

    private func cut(_ context: ChannelHandlerContext, after seconds: Int64) -> Scheduled<Void> {
        let channel = context.channel
        return context.eventLoop.scheduleTask(in: .seconds(seconds)) { channel.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isCounted { crowd.closed(context.channel) }
        isCounted = false
        stopTimers()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { stopTimers() }

    private func stopTimers() {
        lingering?.cancel()
        stalled?.cancel()
    }
}

@available(*, unavailable)
extension ConnectionGuard: Sendable {}
