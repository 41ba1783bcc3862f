import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Ends one connection of a server that ends without taking a request to its death. A proxy may send one at the very moment
/// that an idle connection is closed, and must not send it again when it changes something. So the connection stays for a
/// moment after the server has stopped listening: what comes in it is answered, and the answer says that it was the last.
final class PartingHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let seconds: Int64
    private var leaving: Scheduled<Void>?

    /// - Parameter seconds: Until an idle connection is closed.
    init(seconds: Int64) { self.seconds = seconds }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent, leaving == nil else {
            return context.fireUserInboundEventTriggered(event)
        }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        leaving = context.eventLoop.scheduleTask(in: .seconds(seconds)) {
            bound.value.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard leaving != nil, case .head(var head) = unwrapOutboundIn(data), head.status.kind != .informational else {
            return context.write(data, promise: promise)
        }
        head.headerFields[.connection] = "close"
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    func handlerRemoved(context: ChannelHandlerContext) { leaving?.cancel() }
}

@available(*, unavailable)
extension PartingHandler: Sendable {}
