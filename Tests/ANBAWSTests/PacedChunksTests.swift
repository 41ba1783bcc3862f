import ANBTesting
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import ANBAWS

@Suite struct PacedChunksTests {
    private static let chunks = [ByteBuffer(string: "ab"), ByteBuffer(string: "c"), ByteBuffer(string: "de")]

    @Test func nothingIsLostOrReordered() async throws {
        let paced = PacedChunks(chunks: ChunkSource(Self.chunks), loops: MultiThreadedEventLoopGroup.singleton)
        var all = ByteBuffer()
        for try await var chunk in paced { all.writeBuffer(&chunk) }
        #expect(String(buffer: all) == "abcde")
    }

    @Test func aChunkIsNotReadBeforeABusyLoopTookTheOneBefore() async throws {
        let taken = Atomic(0)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var iterator = PacedChunks(chunks: ChunkSource(Self.chunks), loops: group).makeAsyncIterator()
        for count in 0..<Self.chunks.count {
            _ = try await iterator.next()
            #expect(taken.load(ordering: .acquiring) == count)
            group.next().execute {
                // A loop with a lot to do.
                usleep(20_000)
                taken.add(1, ordering: .releasing)
            }
        }
        try await group.shutdownGracefully()
    }
}
