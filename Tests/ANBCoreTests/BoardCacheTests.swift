import ANBTesting
import Logging
import Synchronization
import Testing

@testable import ANBCore

@Suite(.timeLimit(.minutes(1))) struct BoardCacheTests {
    /// A board whose pages a test lets through one by one.
    private final class Board: Sendable {
        private let state = Mutex((value: 0, made: 0))
        let revision: any BoardRevision

        init(_ revision: any BoardRevision) { self.revision = revision }

        var made: Int { state.withLock(\.made) }

        /// What a voter does.
        func change() async throws {
            state.withLock { $0.value += 1 }
            try await revision.advance()
        }

        func read() -> Int {
            state.withLock { state in
                state.made += 1
                return state.value
            }
        }
    }

    private struct SharedRevision: BoardRevision {
        let count = LocalBoardRevision()
        var isShared: Bool { true }
        func current() async throws -> Int64 { await count.current() }
        func advance() async throws { await count.advance() }
    }

    private struct AbsentRevision: BoardRevision {
        var isShared: Bool { true }
        func current() async throws -> Int64 { throw ANBError.unavailable("away") }
        func advance() async throws { throw ANBError.unavailable("away") }
    }

    private let clock = ManualClock()

    private func cache(_ board: Board, life: Duration = .seconds(60), bytesMax: Int = 1000) -> BoardCache<Int> {
        BoardCache(revision: board.revision, life: life, bytesMax: bytesMax, clock: clock, logger: .silent)
    }

    @Test func aPageIsMadeOnceAsLongAsNothingChanges() async throws {
        let board = Board(LocalBoardRevision())
        let cache = cache(board)
        for _ in 0..<5 { #expect(try await cache.page("a", byteCount: { _ in 1 }) { board.read() } == 0) }
        _ = try await cache.page("b", byteCount: { _ in 1 }) { board.read() }
        #expect(board.made == 2)
        try await board.change()
        for _ in 0..<5 { #expect(try await cache.page("a", byteCount: { _ in 1 }) { board.read() } == 1) }
        #expect(board.made == 3)
    }

    /// Other processes' changes are not told here; a second is the most they can be missed.
    @Test(arguments: [(false, 1), (true, 60)]) func aPageHasALife(isShared: Bool, seconds: Int64) async throws {
        let board = Board(isShared ? SharedRevision() : LocalBoardRevision())
        let cache = cache(board)
        _ = try await cache.page("a", byteCount: { _ in 1 }) { board.read() }
        clock.advance(by: .milliseconds(seconds * 1000 - 1))
        _ = try await cache.page("a", byteCount: { _ in 1 }) { board.read() }
        #expect(board.made == 1)
        clock.advance(by: .milliseconds(1))
        _ = try await cache.page("a", byteCount: { _ in 1 }) { board.read() }
        #expect(board.made == 2)
    }

    @Test(arguments: [true, false]) func withoutALifeOrARevisionEachAskIsNew(hasRevision: Bool) async throws {
        let board = Board(hasRevision ? LocalBoardRevision() : AbsentRevision())
        let cache = cache(board, life: hasRevision ? .zero : .seconds(60))
        for _ in 0..<3 { _ = try await cache.page("a", byteCount: { _ in 1 }) { board.read() } }
        #expect(board.made == 3)
        #expect(cache.byteCount == 0)
    }

    @Test func theSamePageIsMadeByOneForAll() async throws {
        let board = Board(LocalBoardRevision())
        let cache = cache(board)
        let (begun, mayEnd) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                try await cache.page("a", byteCount: { _ in 1 }) {
                    begun.continuation.yield()
                    for await _ in mayEnd.stream { break }
                    return board.read()
                }
            }
            for await _ in begun.stream { break }
            for _ in 0..<20 { group.addTask { try await cache.page("a", byteCount: { _ in 1 }) { board.read() } } }
            while cache.waitingCount("a") < 20 { await Task.yield() }
            mayEnd.continuation.yield()
            try await group.waitForAll()
        }
        #expect(board.made == 1)
        #expect(cache.makingCount == 0)
    }

    /// A page that was read before a change, and is ready after it, is nobody's who asked after the change.
    @Test func whoAsksAfterAChangeSeesItAlthoughAnOlderPageIsOnItsWay() async throws {
        let board = Board(LocalBoardRevision())
        let cache = cache(board)
        let (begun, mayEnd) = (AsyncStream.makeStream(of: Void.self), AsyncStream.makeStream(of: Void.self))
        try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                try await cache.page("a", byteCount: { _ in 1 }) {
                    let read = board.read()
                    begun.continuation.yield()
                    for await _ in mayEnd.stream { break }
                    return read
                }
            }
            for await _ in begun.stream { break }
            try await board.change()
            group.addTask { try await cache.page("a", byteCount: { _ in 1 }) { board.read() } }
            while cache.waitingCount("a") < 1 { await Task.yield() }
            mayEnd.continuation.yield()
            let seen = try await group.reduce(into: Set()) { $0.insert($1) }
            #expect(seen == [0, 1])
        }
        #expect(try await cache.page("a", byteCount: { _ in 1 }) { board.read() } == 1)
        #expect(board.made == 2)
    }

    @Test func aFailureIsNotKept() async throws {
        let board = Board(LocalBoardRevision())
        let cache = cache(board)
        await #expect(throws: ANBError.self) {
            try await cache.page("a", byteCount: { _ in 1 }) { throw ANBError.unavailable("away") }
        }
        #expect(try await cache.page("a", byteCount: { _ in 1 }) { board.read() } == 0)
    }

    @Test func memoryIsBounded() async throws {
        let board = Board(LocalBoardRevision())
        let cache = cache(board, bytesMax: 1000)
        for round in 0..<3 {
            for number in 0..<100 { _ = try await cache.page("\(number)", byteCount: { _ in 98 }) { board.read() } }
            #expect((900...1000).contains(cache.byteCount), "round \(round): \(cache.byteCount)")
            try await board.change()
        }
        _ = try await cache.page("large", byteCount: { _ in 2000 }) { board.read() }
        #expect(cache.byteCount <= 1000)
        #expect(cache.makingCount == 0)
    }

    /// 4 writers and 16 readers: every reader finds at least what was done before it asked.
    @Test func nobodySeesLessThanWasDoneBefore() async throws {
        let board = Board(LocalBoardRevision())
        let (cache, done) = (cache(board), Board(LocalBoardRevision()))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<200 {
                        try await board.change()
                        try await done.change()
                        await Task.yield()
                    }
                }
            }
            for _ in 0..<16 {
                group.addTask {
                    for _ in 0..<200 {
                        let least = done.read()
                        let seen = try await cache.page("a", byteCount: { _ in 1 }) { board.read() }
                        #expect(seen >= least)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await cache.page("a", byteCount: { _ in 1 }) { board.read() } == 800)
    }
}
