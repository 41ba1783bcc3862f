import ANBCore
import NIOCore

/// One command on its way.
struct RedisRequest: Sendable {
    var bytes: ByteBuffer
    var answer: EventLoopPromise<RESPValue>
    /// When waiting for the answer ends, and with it the connection.
    var deadline: NIODeadline
}

/// Pairs commands with replies, in order. Bytes of several commands leave in one write.
///
/// A command that is not answered in time ends the connection: nothing says which reply would be whose.
final class RedisChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = RedisRequest
    typealias OutboundOut = ByteBuffer

    /// Commands that may wait for their answers; more are refused, so that a slow server costs no memory.
    static let requestsMax = 10_000

    private let endpoint: RedisEndpoint
    private var parser = RESPParser()
    private var waiting = CircularBuffer<RedisRequest>()
    private var timer: Scheduled<Void>?
    private var willFlush = false
    /// Why the connection ended, once it did.
    private var end: (any Error)?

    init(endpoint: RedisEndpoint) { self.endpoint = endpoint }

    // MARK: Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = unwrapOutboundIn(data)
        if let end { return request.answer.fail(end) }
        guard waiting.count < Self.requestsMax else {
            return request.answer.fail(
                ANBError(
                    .overloaded, "The service is busy. Please try again in a few seconds.",
                    operatorMessage: "\(Self.requestsMax) commands wait for Redis at \(endpoint)",
                    recovery: .retryLater(after: .seconds(1))))
        }
        waiting.append(request)
        if timer == nil { watch(request.deadline, context) }
        context.write(wrapOutboundOut(request.bytes), promise: promise)
        flushSoon(context)
    }

    private func flushSoon(_ context: ChannelHandlerContext) {
        guard !willFlush else { return }
        willFlush = true
        context.eventLoop.assumeIsolated().execute {
            self.willFlush = false
            context.flush()
        }
    }

    // MARK: In

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard end == nil else { return }
        parser.append(unwrapInboundIn(data))
        do {
            while let reply = try parser.next() { take(reply, context) }
        } catch {
            finish(error, context)
        }
    }

    private func take(_ reply: RESPValue, _ context: ChannelHandlerContext) {
        if case .push = reply { return }
        if let request = waiting.popFirst() { return request.answer.succeed(reply) }
        // For example that the server takes no more clients.
        if case .error(let error) = reply { return finish(error, context) }
        finish(ANBError.unavailable("Redis at \(endpoint) answered what nobody asked"), context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(error, context) }

    func channelInactive(context: ChannelHandlerContext) {
        finish(ANBError.unavailable("Redis at \(endpoint) closed the connection"), context)
        context.fireChannelInactive()
    }

    // MARK: End

    /// Answers come in order, so only the oldest command needs a clock.
    private func watch(_ deadline: NIODeadline, _ context: ChannelHandlerContext) {
        timer = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.timer = nil
            guard let oldest = self.waiting.first else { return }
            if oldest.deadline <= .now() { return self.finish(RedisFailure.timedOut(self.endpoint), context) }
            self.watch(oldest.deadline, context)
        }
    }

    private func finish(_ error: any Error, _ context: ChannelHandlerContext) {
        guard end == nil else { return }
        let reason = RedisFailure.broken(error, at: endpoint)
        end = reason
        timer?.cancel()
        timer = nil
        while let request = waiting.popFirst() { request.answer.fail(reason) }
        context.close(promise: nil)
    }
}
