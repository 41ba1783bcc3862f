import ANBCore
import ANBTesting
import Foundation
import Glibc
import Synchronization
import Testing

@testable import ANBMedia

/// Children that are forked: what becomes of them, and of the process that forks, when somebody dies.
@Suite(.oneOfFew) struct ForkServerTests {
    private let children = ChildTests.Children()

    private func runner(_ server: ForkServer, started: @escaping @Sendable (pid_t) -> Void = { _ in }) -> ChildProcessRunner {
        ChildProcessRunner(starter: server) { [children] identifier in
            children.add(identifier)
            started(identifier)
        }
    }

    private func server() throws -> ForkServer { ForkServer(executable: try BuiltProducts.path(of: "anb-worker")) }

    private static func parent(of process: pid_t) -> pid_t? { number("PPid:", of: process) }

    private static func number(_ field: String, of process: pid_t) -> Int32? {
        let bytes = FileManager.default.contents(atPath: "/proc/\(process)/status") ?? Data()
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(field) }
        return line.flatMap { Int32($0.split(whereSeparator: \.isWhitespace)[1]) }
    }

    private func openDescriptors() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }

    @Test func manyAtOnceAreAnsweredByOneProcess() async throws {
        let path = try await Clip.plain.path()
        let parents = Mutex<Set<pid_t>>([])
        let runner = runner(try server()) { identifier in
            // Its parent is known as long as it was not looked after, which waits for us.
            if let parent = Self.parent(of: identifier) { parents.withLock { _ = $0.insert(parent) } }
        }
        let expected = try await runner.probe(path: path, limits: MediaLimits())
        try await withThrowingTaskGroup(of: MediaInfo.self) { group in
            for _ in 0..<40 { group.addTask { try await runner.probe(path: path, limits: MediaLimits()) } }
            for try await info in group { #expect(info == expected) }
        }
        #expect(children.count == 41)
        #expect(parents.withLock { $0.count } == 1, "\(parents.withLock { $0 })")
        let parent = try #require(parents.withLock { $0.first })
        #expect(parent != getpid())
        // Forking with a second thread would copy locks that nobody opens.
        #expect(Self.number("Threads:", of: parent) == 1)
        #expect(children.areGone)
    }

    @Test func rehearsalReadsItsOwnClip() throws {
        let info = try #require(Rehearsal.run())
        #expect(info.videoCodec == "h264" && (info.width, info.height) == (32, 32))
    }

    @Test func killedChildIsAFailedAttemptAndTheNextWorks() async throws {
        let path = try await Clip.plain.path()
        // Stopped before it can end, then killed.
        let runner = runner(try server()) { [children] identifier in
            guard children.count == 1 else { return }
            kill(identifier, SIGSTOP)
            kill(identifier, SIGKILL)
        }
        let error = try await thrownError { try await runner.probe(path: path, limits: MediaLimits()) }
        #expect(error.code == .mediaFailed && error.operatorMessage.contains("signal 9"), "\(error)")
        _ = try await runner.probe(path: path, limits: MediaLimits())
        #expect(children.areGone)
    }

    @Test func deathOfTheForkingProcessEndsItsChildrenAndTheNextJobGetsAnother() async throws {
        let path = try await Clip.plain.path()
        let runner = runner(try server()) { [children] identifier in
            guard children.count == 1, let parent = Self.parent(of: identifier) else { return }
            kill(identifier, SIGSTOP)
            kill(parent, SIGKILL)
            // One that had not yet asked for its parent's death to be its own finds out when it goes on.
            kill(identifier, SIGCONT)
        }
        let error = try await thrownError { try await runner.probe(path: path, limits: MediaLimits()) }
        #expect(error.code == .mediaFailed && error.recovery == .retryNow, "\(error)")
        _ = try await runner.probe(path: path, limits: MediaLimits())
        #expect(children.count == 2)
        #expect(try await eventually { children.areGone })
    }

    /// For whatever reason: the job waits for its limit, and the next process answers it.
    @Test func forkingProcessThatHangsIsReplaced() async throws {
        let path = try await Clip.plain.path()
        let parents = Mutex<[pid_t]>([])
        let runner = runner(try server()) { identifier in
            if let parent = Self.parent(of: identifier) { parents.withLock { $0.append(parent) } }
        }
        // A child that has ended before it was looked at tells nothing.
        func probeUntilSeen() async throws -> pid_t {
            let seen = parents.withLock { $0.count }
            while parents.withLock({ $0.count }) == seen { _ = try await runner.probe(path: path, limits: MediaLimits()) }
            return parents.withLock { $0[seen] }
        }
        let first = try await probeUntilSeen()
        kill(first, SIGSTOP)
        #expect(try await probeUntilSeen() != first)
        #expect(try await eventually { kill(first, 0) != 0 && errno == ESRCH })
    }

    @Test func cancelledJobLeavesNoChild() async throws {
        let path = try await Clip.plain.path()
        let (started, continuation) = AsyncStream.makeStream(of: Void.self)
        let runner = runner(try server()) { identifier in
            kill(identifier, SIGSTOP)
            continuation.yield()
        }
        let task = Task { try await runner.probe(path: path, limits: MediaLimits()) }
        for await _ in started { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(children.areGone)
    }

    @Test func endsWithItsLastUserAndLeavesNothingOpen() async throws {
        let path = try await Clip.plain.path()
        let before = try openDescriptors()
        let parent = Mutex<pid_t?>(nil)
        do {
            let runner = runner(try server()) { identifier in parent.withLock { $0 = Self.parent(of: identifier) ?? $0 } }
            for _ in 0..<40 { _ = try await runner.probe(path: path, limits: MediaLimits()) }
        }
        let identifier = try #require(parent.withLock { $0 })
        #expect(try await eventually { kill(identifier, 0) != 0 && errno == ESRCH })
        // Other tests of this process open files of their own, and close them.
        #expect(try await eventually { try openDescriptors() < before + 30 })
    }

    private func eventually(_ condition: () throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(20)
        while try !condition() {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(10))
        }
        return true
    }
}
