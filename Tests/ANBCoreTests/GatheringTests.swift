import ANBTesting
import Synchronization
import Testing

@testable import ANBCore

@Suite(.timeLimit(.minutes(1))) struct GatheringTests {
    private final class Calls: Sendable {
        private let noted = Mutex<[[Int]]>([])
        let isFirstBegun = Signal()
        let mayEnd = Signal()
        var all: [[Int]] { noted.withLock { $0 } }

        /// The first call lasts until it may end.
        func perform(_ requests: [Int]) async -> [Result<Int, any Error>] {
            let count = noted.withLock { noted in
                noted.append(requests)
                return noted.count
            }
            if count == 1 {
                isFirstBegun.send()
                await mayEnd.wait()
            }
            return requests.map { $0 < 0 ? .failure(ConformanceFailure("\($0)")) : .success($0 * 10) }
        }
    }

    /// Runs 0 alone, and then asks for the others while that is on its way.
    private func gather(_ others: [Int], countMax: Int, _ calls: Calls) async -> [Int: Result<Int, any Error>] {
        let gathering = Gathering(countMax: countMax) { await calls.perform($0) }
        return await withTaskGroup(of: (Int, Result<Int, any Error>).self) { group in
            func ask(_ request: Int) {
                group.addTask {
                    do {
                        return (request, .success(try await gathering(request)))
                    } catch {
                        return (request, .failure(error))
                    }
                }
            }
            ask(0)
            await calls.isFirstBegun.wait()
            others.forEach(ask)
            while gathering.waitingCount < others.count { await Task.yield() }
            calls.mayEnd.send()
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    @Test func whatComesMeanwhileIsDoneTogether() async throws {
        let calls = Calls()
        let answers = await gather([1, 2, 3, 4], countMax: 10, calls)
        #expect(calls.all.map { $0.sorted() } == [[0], [1, 2, 3, 4]])
        for request in 0...4 { #expect(try answers[request]?.get() == request * 10) }
    }

    @Test func oneCallHasALimitAndNobodyIsLeftBehind() async throws {
        let calls = Calls()
        let answers = await gather(Array(1...7), countMax: 3, calls)
        #expect(calls.all.map(\.count) == [1, 3, 3, 1])
        for request in 0...7 { #expect(try answers[request]?.get() == request * 10) }
    }

    @Test func eachGetsItsOwnFailure() async throws {
        let answers = await gather([1, -1, 2], countMax: 10, Calls())
        #expect(try answers[1]?.get() == 10)
        #expect(try answers[2]?.get() == 20)
        #expect(throws: ConformanceFailure.self) { try answers[-1]?.get() }
    }

    @Test func afterARestTheNextIsAloneAgain() async throws {
        let calls = Calls()
        calls.mayEnd.send()
        let gathering = Gathering(countMax: 10) { await calls.perform($0) }
        for request in 1...3 { #expect(try await gathering(request) == request * 10) }
        #expect(calls.all == [[1], [2], [3]])
    }

    @Test func whoLeadsAndIsCancelledSpoilsNothingForTheOthers() async throws {
        let begun = Signal()
        let mayEnd = Signal()
        let gathering = Gathering<Int, Bool>(countMax: 10) { requests in
            if requests == [0] {
                begun.send()
                await mayEnd.wait()
            }
            return requests.map { _ in .success(Task.isCancelled) }
        }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { try await gathering(0) }
            await begun.wait()
            // These lead the next call, one of them for all.
            let others = (1...3).map { request in Task { try await gathering(request) } }
            while gathering.waitingCount < 3 { await Task.yield() }
            others.forEach { $0.cancel() }
            mayEnd.send()
            for other in others {
                let sawCancellation = try await other.value
                #expect(!sawCancellation)
            }
            let sawCancellation = try await group.next()
            #expect(sawCancellation == false)
        }
    }
}

/// Something that happens once, and that one task waits for.
private final class Signal: Sendable {
    private let (stream, continuation) = AsyncStream.makeStream(of: Never.self)

    func send() { continuation.finish() }
    func wait() async { for await _ in stream {} }
}
