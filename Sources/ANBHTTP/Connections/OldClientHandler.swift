import NIOCore
import NIOHTTP1

/// Serves clients of HTTP/1.0, whom the types above this no longer tell apart: their answers have their version, and
/// the connection ends after the answer unless they asked to keep it.
final class OldClientHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Of the latest request; who speaks HTTP/1.0 waits for each answer.
    private var isOld = false
    private var keeps = true

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        isOld = head.version == .http1_0
        keeps = head.isKeepAlive
        if isOld, !keeps { head.headers.replaceOrAdd(name: "connection", value: "close") }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard isOld, case .head(var head) = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        head.version = .http1_0
        if !head.headers.contains(name: "connection") {
            head.headers.add(name: "connection", value: keeps ? "keep-alive" : "close")
        }
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }
}

@available(*, unavailable)
extension OldClientHandler: Sendable {}
