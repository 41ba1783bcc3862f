@testable import ANBAWS
import ANBCore
import ANBTesting
import Synchronization
import Testing

@Suite struct RefreshingCredentialsTests {
    private let clock = ManualClock()

    @Test func whatDoesNotExpireIsFetchedOnce() async throws {
        let source = FakeSource(clock, life: nil)
        let credentials = RefreshingCredentials(source, clock: clock)
        for _ in 0..<3 { #expect(try await credentials.credentials().accessKeyID == "1") }
        clock.advance(by: .seconds(1_000_000))
        #expect(try await credentials.credentials().accessKeyID == "1")
    }

    @Test func newOnesAreFetchedBeforeTheOldOnesExpire() async throws {
        let credentials = RefreshingCredentials(FakeSource(clock, life: .seconds(3600)), clock: clock)
        #expect(try await credentials.credentials().accessKeyID == "1")
        clock.advance(by: .seconds(3299))
        #expect(try await credentials.credentials().accessKeyID == "1")
        clock.advance(by: .seconds(1))
        #expect(try await credentials.credentials().accessKeyID == "2")
    }

    @Test func fiftyCallersCauseOneFetch() async throws {
        let source = FakeSource(clock, life: .seconds(3600))
        source.hold()
        let credentials = RefreshingCredentials(source, clock: clock)
        let found = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await credentials.credentials().accessKeyID } }
            await source.untilAsked()
            source.release()
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(found == ["1"])
        #expect(source.count == 1)
    }

    @Test func oldOnesAreHandedOutWhileNewOnesAreOnTheirWay() async throws {
        let source = FakeSource(clock, life: .seconds(3600))
        let credentials = RefreshingCredentials(source, clock: clock)
        _ = try await credentials.credentials()
        clock.advance(by: .seconds(3400))
        source.hold()
        let first = Task { try await credentials.credentials().accessKeyID }
        await source.untilAsked()
        #expect(try await credentials.credentials().accessKeyID == "1")
        source.release()
        #expect(try await first.value == "2")
        #expect(source.count == 2)
    }

    @Test func aFailedRefreshKeepsWhatStillWorksAndTriesAgainLater() async throws {
        let source = FakeSource(clock, life: .seconds(3600))
        let credentials = RefreshingCredentials(source, clock: clock)
        _ = try await credentials.credentials()
        source.fails.withLock { $0 = true }
        clock.advance(by: .seconds(3400))
        for _ in 0..<5 { #expect(try await credentials.credentials().accessKeyID == "1") }
        #expect(source.count == 2)
        clock.advance(by: .seconds(31))
        #expect(try await credentials.credentials().accessKeyID == "1")
        #expect(source.count == 3)
        clock.advance(by: .seconds(200))
        try await expectError(.unavailable) { try await credentials.credentials() }
        source.fails.withLock { $0 = false }
        #expect(try await credentials.credentials().accessKeyID == "5")
    }

    @Test func whatTheServiceCallsExpiredIsNotUsedAgain() async throws {
        let credentials = RefreshingCredentials(FakeSource(clock, life: .seconds(3600)), clock: clock)
        let first = try await credentials.credentials()
        await credentials.forget(first)
        #expect(try await credentials.credentials().accessKeyID == "2")
        await credentials.forget(first)
        #expect(try await credentials.credentials().accessKeyID == "2")
    }

    @Test func aCancelledCallerDoesNotCancelTheOthers() async throws {
        let source = FakeSource(clock, life: nil)
        source.hold()
        let credentials = RefreshingCredentials(source, clock: clock)
        let first = Task { try await credentials.credentials() }
        await source.untilAsked()
        let second = Task { try await credentials.credentials() }
        first.cancel()
        source.release()
        #expect(try await second.value.accessKeyID == "1")
    }
}

/// Counts its fetches and names what it gives after their number.
private final class FakeSource: CredentialSource {
    let name = "fake"
    let fails = Mutex(false)

    private let clock: ManualClock
    private let life: Duration?
    private let asked = AsyncStream.makeStream(of: Void.self)
    private let state = Mutex<(count: Int, isHeld: Bool, waiting: [CheckedContinuation<Void, Never>])>((0, false, []))

    init(_ clock: ManualClock, life: Duration?) {
        self.clock = clock
        self.life = life
    }

    var count: Int { state.withLock { $0.count } }

    func hold() { state.withLock { $0.isHeld = true } }

    func release() {
        let waiting = state.withLock { state in
            defer { (state.isHeld, state.waiting) = (false, []) }
            return state.waiting
        }
        waiting.forEach { $0.resume() }
    }

    /// Returns when a fetch has begun since ``hold()``.
    func untilAsked() async {
        for await _ in asked.stream { break }
    }

    func load() async throws -> AWSCredentials? {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        if state.withLock({ $0.isHeld }) { await wait() }
        if fails.withLock({ $0 }) { throw ANBError.unavailable("the source is away") }
        return AWSCredentials(
            accessKeyID: "\(number)", secretAccessKey: "s", sessionToken: "t", expiresAt: life.map { clock.now + $0 })
    }

    private func wait() async {
        await withCheckedContinuation { continuation in
            let isHeld = state.withLock { state in
                if state.isHeld { state.waiting.append(continuation) }
                return state.isHeld
            }
            asked.continuation.yield()
            if !isHeld { continuation.resume() }
        }
    }
}
