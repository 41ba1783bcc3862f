import ANBCore
import HummingbirdTesting
import NIOCore
import NIOEmbedded
import Testing

@testable import ANBHTTP

@Suite struct WaitingConnectionsTests {
    private static func time(_ seconds: Int64) -> NIODeadline { .uptimeNanoseconds(0) + .seconds(seconds) }

    private func opened(_ count: Int, _ crowd: WaitingConnections, from start: Int64 = 0) throws -> [EmbeddedChannel] {
        try (0..<count).map { number in
            let channel = EmbeddedChannel()
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            crowd.opened(channel, at: Self.time(start + Int64(number)))
            return channel
        }
    }

    @Test func belowTheBoundNobodyGivesWay() throws {
        let crowd = WaitingConnections(connectionsMax: 32)
        let channels = try opened(29, crowd)
        #expect(channels.allSatisfy { $0.isActive })
        #expect(crowd.openCount == 29)
    }

    @Test func whoWaitsLongestGivesWayAndWhoIsBusyStays() throws {
        let crowd = WaitingConnections(connectionsMax: 32)
        var channels = try opened(29, crowd)
        crowd.busy(channels[0])
        crowd.busy(channels[1])
        crowd.idle(channels[1], at: Self.time(100))
        channels += try opened(1, crowd, from: 200)
        #expect(channels.indices.filter { !channels[$0].isActive } == [2])
        #expect(crowd.openCount == 29)
        for channel in channels { crowd.closed(channel) }
        #expect(crowd.openCount == 0)
    }

    @Test func whenAllAreBusyNobodyIsCut() throws {
        let crowd = WaitingConnections(connectionsMax: 32)
        var channels = try opened(29, crowd)
        for channel in channels { crowd.busy(channel) }
        channels += try opened(1, crowd, from: 200)
        // The newcomer waits too, and longest of all that wait.
        #expect(channels.dropLast().allSatisfy { $0.isActive })
    }

    /// Over real sockets: as many silent ones as there may be, and a newcomer is answered.
    @Test(.timeLimit(.minutes(1))) func silentConnectionsKeepNobodyOut() async throws {
        try await withStage {
            $0.transport = .live
            $0.http.limits.connectionsMax = 32
        } _: { stage in
            let port = stage.client.port
            try await withThrowingTaskGroup(of: Void.self) { silent in
                let (connected, connect) = AsyncStream.makeStream(of: Void.self)
                for _ in 0..<64 {
                    silent.addTask {
                        try await RawConnection.with(port: port) { connection in
                            connect.yield()
                            _ = await connection.receiveAll()
                        }
                    }
                }
                var count = 0
                for await _ in connected {
                    count += 1
                    if count == 64 { break }
                }
                for _ in 0..<20 {
                    try await RawConnection.with(port: port) { connection in
                        try await connection.send("GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                        #expect(await connection.receiveAll().hasPrefix("HTTP/1.1 200"))
                    }
                }
                silent.cancelAll()
            }
        }
    }
}
