import NIOCore
import NIOPosix
import Testing

/// A TCP connection on which a test says exactly what it wants, well-behaved or not.
final class RawConnection {
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let channel: any Channel
    private var unread = ""

    private init(
        _ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        self.inbound = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    static func with(port: Int?, _ body: (RawConnection) async throws -> Void) async throws {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: try #require(port)) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            try await body(RawConnection(channel.channel, inbound, outbound))
        }
    }

    func send(_ text: String) async throws { try await outbound.write(ByteBuffer(string: text)) }

    func send(_ bytes: ByteBuffer) async throws { try await outbound.write(bytes) }

    /// Says that nothing more will come, and still reads.
    func endSending() { outbound.finish() }

    /// Everything up to and with the text.
    func receive(upTo end: String) async throws -> String {
        while !unread.contains(end) {
            guard let bytes = try await inbound.next() else { break }
            unread += String(buffer: bytes)
        }
        guard let range = unread.firstRange(of: end) else {
            throw RawConnectionEnded(received: unread)
        }
        let head = String(unread[..<range.upperBound])
        unread.removeSubrange(..<range.upperBound)
        return head
    }

    /// Everything until the server ends the connection, by whatever means.
    func receiveAll() async -> String {
        while let bytes = try? await inbound.next() { unread += String(buffer: bytes) }
        return unread
    }

    /// Sends for ever, until the server does not take any more.
    /// - Returns: How many bytes went out before that.
    func sendUntilCut(_ bytes: ByteBuffer, limit: Int) async -> Int {
        var count = 0
        while count < limit {
            // The future, unlike the writer, waits until the bytes are the system's.
            do { try await channel.writeAndFlush(bytes).get() } catch { break }
            count += bytes.readableBytes
        }
        return count
    }
}

struct RawConnectionEnded: Error {
    let received: String
}
