import ANBCore
import ANBTesting
import Foundation
import Glibc
import Synchronization
import Testing

@testable import ANBMedia

/// The decoding process: what it is given, and what its parent makes of its ends.
@Suite(.oneOfFew) struct ChildTests {
    /// The process ids of the children an engine has started.
    final class Children: Sendable {
        private let identifiers = Mutex<[pid_t]>([])
        func add(_ identifier: pid_t) { identifiers.withLock { $0.append(identifier) } }
        var count: Int { identifiers.withLock { $0.count } }
        var last: pid_t { identifiers.withLock { $0.last ?? -1 } }
        /// Neither running nor a zombie.
        var areGone: Bool { identifiers.withLock { $0.allSatisfy { kill($0, 0) != 0 && errno == ESRCH } } }
    }

    private func studio(_ children: Children, onStart: @escaping @Sendable (pid_t) -> Void = { _ in }) async throws -> Studio {
        let engine = ChildProcessMediaEngine(executable: try BuiltProducts.path(of: "anb-worker")) { identifier in
            children.add(identifier)
            onStart(identifier)
        }
        return try await Studio(engine: engine)
    }

    /// Before it has read its request, while it starts to work, and when all but the last part is done.
    @Test(arguments: [nil, 0.0, 0.5, 0.9])
    func killedChildIsAFailedAttemptAndTheNextJobWorks(fraction: Double?) async throws {
        let children = Children()
        let studio = try await studio(children) { identifier in
            if fraction == nil, children.count == 1 { kill(identifier, SIGKILL) }
        }
        let path = try await Clip.plain.path()
        let error = try await thrownError {
            try await studio.transcode(path) { progress in
                if let fraction, progress.fraction >= fraction { kill(children.last, SIGKILL) }
            }
        }
        #expect(
            error.code == .mediaFailed && error.recovery == .retryNow && error.operatorMessage.contains("signal 9"), "\(error)")
        #expect(children.areGone)
        #expect(try studio.folder.contents == [])
        #expect(try await studio.transcode(path).renditions.count == 2)
    }

    @Test func hangingChildIsEndedByTheWatchdog() async throws {
        let children = Children()
        var studio = try await studio(children)
        studio.limits.noProgressSecondsMax = 0.5
        let path = try await Clip.plain.path()
        let error = try await thrownError {
            try await studio.transcode(path) { _ in kill(children.last, SIGSTOP) }
        }
        #expect(error.code == .mediaFailed && error.operatorMessage.contains("no progress"), "\(error)")
        #expect(error.failureCode == .timedOut)
        #expect(children.areGone)
    }

    @Test func wallClockLimitEndsAJob() async throws {
        let children = Children()
        var studio = try await studio(children)
        studio.limits.transcodeSecondsMax = 0.3
        let path = try await Clip.plain.path()
        let error = try await thrownError { try await studio.transcode(path) }
        #expect(error.code == .mediaFailed && error.operatorMessage.contains("longer than"), "\(error)")
        #expect(error.failureCode == .timedOut)
        #expect(children.areGone)
    }

    @Test func processorTimeIsLimited() async throws {
        let children = Children()
        var studio = try await studio(children)
        studio.limits.childCPUSecondsMax = 1
        studio.recipe = MediaRecipe()
        let path = try await Clip("-f lavfi -i testsrc2=s=1280x720:r=30:d=20 \(Clip.x264)").path()
        let error = try await thrownError { try await studio.transcode(path) }
        #expect(error.code == .mediaFailed && error.operatorMessage.contains("signal \(SIGXCPU)"), "\(error)")
        #expect(children.areGone)
    }

    @Test(arguments: [true, false])
    func cancellationEndsTheWorkSoon(inChild: Bool) async throws {
        let children = Children()
        let studio = inChild ? try await studio(children) : try await Studio()
        let path = try await Clip("-f lavfi -i testsrc2=s=1280x720:r=30:d=20 \(Clip.x264)").path()
        let (started, continuation) = AsyncStream.makeStream(of: Void.self)
        let task = Task { try await studio.transcode(path) { _ in continuation.yield() } }
        for await _ in started { break }
        let cancelled = ContinuousClock.now
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        // Finishing the clip instead would take much longer, and a busy machine may be slow to notice.
        #expect(ContinuousClock.now - cancelled < .seconds(12))
        #expect(children.areGone)
        #expect(try studio.folder.contents == [])
    }

    @Test func childHasNoSecretsNoFilesAndNoRights() async throws {
        setenv("ANB_TEST_SECRET", "hunter2", 1)
        let children = Children()
        let environment = Mutex<Data?>(nil)
        let limits = Mutex("")
        let studio = try await studio(children)
        _ = try await studio.transcode(try await Clip.plain.path()) { _ in
            let process = "/proc/\(children.last)"
            let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(process)/fd"))?.count ?? 0
            let texts = ["limits", "status"].map { FileManager.default.contents(atPath: "\(process)/\($0)") ?? Data() }
            limits.withLock { text in
                guard text.isEmpty else { return }
                // Not earlier: a process that was started a moment ago has none yet, whatever it will have.
                environment.withLock { $0 = FileManager.default.contents(atPath: "\(process)/environ") }
                text = "files \(files)\n" + texts.map { String(decoding: $0, as: UTF8.self) }.joined()
            }
        }
        #expect(environment.withLock { $0 } == Data("SWIFT_BACKTRACE=enable=no\0".utf8))
        let text = limits.withLock { $0 }
        let rows = text.split(separator: "\n").map { $0.split(whereSeparator: \.isWhitespace).map(String.init) }
        #expect(rows.contains { $0.starts(with: ["NoNewPrivs:", "1"]) })
        #expect(rows.contains { $0.starts(with: ["Seccomp:", "2"]) }, "the filter is on while it decodes")
        #expect(rows.contains { $0.starts(with: ["Max", "core", "file", "size", "0", "0"]) })
        #expect(rows.contains { $0.starts(with: ["Max", "address", "space", "\(3 << 30)"]) })
        // Standard three, reply, source, two bumpers, the same encoded for two renditions, four outputs, its own status: all
        // taken, none left.
        let openFiles = rows.first { $0.starts(with: ["Max", "open", "files"]) }.flatMap { Int($0[3]) }
        #expect(openFiles.map { (16...18).contains($0) } == true, "\(text)")
    }

    @Test func parentsDeathEndsTheChild() async throws {
        let folder = try TemporaryFolder()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try BuiltProducts.path(of: "anb-worker"))
        process.arguments = [
            "process", try await Clip("-f lavfi -i testsrc2=s=1280x720:r=30:d=20 \(Clip.x264)").path(), "-o", folder.path,
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        let child = try await eventually { Self.sandboxedChild(of: process.processIdentifier) }
        kill(process.processIdentifier, SIGKILL)
        _ = try await eventually { kill(child, 0) != 0 ? true : nil }
    }

    /// Polls what no event announces.
    private func eventually<Value>(_ condition: () -> Value?) async throws -> Value {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if let value = condition() { return value }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw ConformanceFailure("did not happen")
    }

    private static func sandboxedChild(of parent: pid_t) -> pid_t? {
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return processes.compactMap { pid_t($0) }.first { identifier in
            let bytes = FileManager.default.contents(atPath: "/proc/\(identifier)/status") ?? Data()
            let status = String(decoding: bytes, as: UTF8.self)
            return status.contains("PPid:\t\(parent)\n") && status.contains("NoNewPrivs:\t1\n")
        }
    }

    @Test(arguments: [
        "exit 0", "exit 3", "kill -SEGV $$", "printf '\\000\\000\\000\\005hello' >&4", "printf '\\377\\377\\377\\377' >&4",
        "printf '\\000\\000\\000\\025{\"progress\":{\"_0\":7}}' >&4", "cat /dev/zero >&4", "exec >&- 4>&-; exit 0",
    ])
    func childThatLiesIsAFailedAttempt(script: String) async throws {
        let folder = try TemporaryFolder()
        let program = try folder.file("child.sh", Array("#!/bin/sh\n\(script)\n".utf8))
        chmod(program, 0o755)
        let runner = ChildProcessRunner(starter: ChildSpawner(executable: program)) { _ in }
        let path = try await Clip.plain.path()
        let error = try await thrownError { try await runner.probe(path: path, limits: MediaLimits()) }
        #expect(error.code == .mediaFailed, "\(error)")
    }

    @Test func missingExecutableIsAFailedAttempt() async throws {
        let engine = ChildProcessMediaEngine(executable: "/nonexistent/anb")
        let path = try await Clip.plain.path()
        #expect(try await thrownError { try await engine.probe(path: path, limits: MediaLimits()) }.code == .mediaFailed)
    }

    @Test func missingSourceIsNotFound() async throws {
        for engine in [try Studio.childEngine(), InProcessMediaEngine()] as [any MediaEngine] {
            #expect(
                try await thrownError { try await engine.probe(path: "/nonexistent", limits: MediaLimits()) }.code == .notFound)
            #expect(try await thrownError { try await engine.probe(path: "/dev/zero", limits: MediaLimits()) }.code == .notFound)
        }
    }
}
