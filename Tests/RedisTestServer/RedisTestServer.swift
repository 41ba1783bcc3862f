import Foundation
import Synchronization

/// A real Redis server on a free port of the loopback interface, for tests only. It ends with the test process.
package final class RedisTestServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// One start at a time, so that no child is born between the making and the marking of another one's pipes.
    private static let starting = Mutex(())

    package let port: Int
    private let folder: URL
    private let options: [String]
    private let process: Process
    /// The server lives as long as this is open.
    private let life: Pipe
    private let ended: AsyncStream<Void>
    private let output: AsyncStream<Data>
    /// The server's own; the process above is what watches over it.
    private let processID = Mutex<pid_t>(0)

    /// Starts a server and returns when it takes connections.
    /// - Parameters:
    ///   - port: A free one when left out.
    ///   - options: Options of redis-server; `{port}` in them becomes the port.
    /// - Throws: ``Failure`` with the server's log when it does not start.
    package static func start(port: Int? = nil, options: [String] = []) async throws -> RedisTestServer {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-redis-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try await start(port: port, options: options, folder: folder)
    }

    private static func start(port: Int?, options: [String], folder: URL) async throws -> RedisTestServer {
        var log = ""
        // A free port may be taken before the server has it.
        for _ in 0..<5 {
            let server = try starting.withLock { _ in
                try RedisTestServer(port: port ?? FreePort.find(), options: options, folder: folder)
            }
            if try await server.isReady(&log) { return server }
            await server.end()
        }
        throw Failure(description: "redis-server does not start:\n\(log)")
    }

    private init(port: Int, options: [String], folder: URL) throws {
        self.port = port
        self.options = options
        self.folder = folder
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        (process, life) = (Process(), Pipe.keptFromOtherChildren())
        process.executableURL = root.appendingPathComponent("Scripts/test-servers/redis.sh")
        let options = options.contains("{port}") ? options : ["--port", "{port}"] + options
        process.arguments = [folder.path] + options.map { $0 == "{port}" ? String(port) : $0 }
        process.standardInput = life
        let (ended, ending) = AsyncStream.makeStream(of: Void.self)
        self.ended = ended
        process.terminationHandler = { _ in ending.finish() }
        let log = Pipe.keptFromOtherChildren()
        process.standardOutput = log
        process.standardError = log
        output = Self.read(log)
        try process.run()
        // Else the log would never end.
        try? log.fileHandleForWriting.close()
    }

    /// What comes out of a pipe; the newest pieces when nobody reads.
    private static func read(_ pipe: Pipe) -> AsyncStream<Data> {
        let (stream, continuation) = AsyncStream.makeStream(of: Data.self, bufferingPolicy: .bufferingNewest(100))
        let log = pipe.fileHandleForReading
        // A thread that blocks, because a readability handler may miss the end of a pipe.
        Thread.detachNewThread {
            while case let data = log.availableData, !data.isEmpty { continuation.yield(data) }
            continuation.finish()
        }
        return stream
    }

    private func isReady(_ log: inout String) async throws -> Bool {
        for await data in output {
            log += String(decoding: data, as: UTF8.self)
            guard log.contains("Ready to accept connections"), let number = log.firstMatch(of: /pid=(\d+)/)?.1 else { continue }
            processID.withLock { $0 = pid_t(number) ?? 0 }
            return true
        }
        return false
    }
}

extension RedisTestServer {
    package var url: String { "redis://127.0.0.1:\(port)" }

    /// Ends it and waits until it is gone.
    package func stop() async {
        await end()
        try? FileManager.default.removeItem(at: folder)
    }

    /// As a crash does: nothing is written any more.
    package func kill() { signal(SIGKILL) }

    /// Another server on the same port and folder, after this one ended.
    package func restarted() async throws -> RedisTestServer {
        await end()
        return try await Self.start(port: port, options: options, folder: folder)
    }

    /// Stops it in its tracks: connections stay open, nothing is answered.
    package func freeze() { signal(SIGSTOP) }
    package func thaw() { signal(SIGCONT) }

    private func signal(_ number: Int32) {
        let server = processID.withLock { $0 }
        if server > 0 { Foundation.kill(server, number) }
    }

    private func end() async {
        try? life.fileHandleForWriting.close()
        for await _ in ended {}
    }
}

extension Pipe {
    /// A child that held the end of another one's pipe would keep that one alive, or its log open.
    fileprivate static func keptFromOtherChildren() -> Pipe {
        let pipe = Pipe()
        for handle in [pipe.fileHandleForReading, pipe.fileHandleForWriting] {
            _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
        }
        return pipe
    }
}

/// Runs a test against a server of its own.
package func withRedisServer(
    _ options: [String] = [], isolation: isolated (any Actor)? = #isolation,
    _ body: (RedisTestServer) async throws -> Void
) async throws {
    let server = try await RedisTestServer.start(options: options)
    do {
        try await body(server)
    } catch {
        await server.stop()
        throw error
    }
    await server.stop()
}
