import ANBTesting
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import RedisTestServer
import Synchronization
import Testing

/// How processes end that are asked to.
@Suite(.serialized, .timeLimit(.minutes(5))) struct DrainTests {
    private static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-drain-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    // MARK: - A worker

    private struct TaskState: Decodable {
        let stage: String
    }

    /// In a process of its own, and in that of the API.
    @Test(arguments: ["none", "embedded"]) func aTranscodeInProgressIsGivenBackAndCostsNoAttempt(inside: String) async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let isInside = inside == "embedded"
        let fleet = try Fleet(folder, apis: 1, workers: isInside ? 0 : 1, inside: inside, ["SHUTDOWN_SECONDS": "1"])
        defer { fleet.kill() }
        try await fleet.start()
        let worker = isInside ? fleet.apis[0] : fleet.workers[0]
        var client = ContestClient(baseURL: fleet.apis[0].baseURL)
        try await client.signUp("ana")
        let accepted = try await client.upload(try Self.longClip(), title: "Long", idempotencyKey: "k")
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let answer = try await client.send("GET", "/api/tasks/\(accepted.task_id)", expecting: 200)
            if try JSONDecoder().decode(TaskState.self, from: answer).stage == "transcoding" { break }
            try expect(ContinuousClock.now < deadline, "not transcoding within 60 s")
            try await Task.sleep(for: .milliseconds(20))
        }
        worker.askToEnd()
        #expect(try await worker.ended(withinSeconds: 6) == 0)
        #expect(worker.log.contains("ending=given_back"), "\(worker.log.suffix(2000))")
        #expect(try await Self.books(folder) == "ready 0 0")
        if isInside { try await worker.start() } else { try await worker.startWorker() }
        try await Fleet.waitUntilProcessed(client, 1)
        #expect(try await Self.books(folder) == "done 0 0")
    }

    /// State, failures and worker deaths of the only job.
    private static func books(_ folder: URL) async throws -> String {
        let program = "import sqlite3,sys; print(*sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone())"
        let question = "SELECT state, failures, worker_deaths FROM jobs WHERE kind = 'video.process'"
        let file = folder.appendingPathComponent("data/anb.sqlite").path
        let ending = try await Command.run(["/usr/bin/env", "python3", "-c", program, file, question])
        return ending.standardOutput.split(separator: "\n").first.map(String.init) ?? ending.standardError
    }

    /// Takes several seconds to transcode.
    private static func longClip() throws -> Data {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("anb-long-\(UUID().uuidString).mp4")
        defer { try? FileManager.default.removeItem(at: file) }
        let ffmpeg = Process()
        ffmpeg.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        ffmpeg.arguments = [
            "ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=30:d=25", "-preset", "ultrafast",
            "-pix_fmt", "yuv420p", file.path,
        ]
        try ffmpeg.run()
        ffmpeg.waitUntilExit()
        try expect(ffmpeg.terminationStatus == 0, "ffmpeg made no clip")
        return try Data(contentsOf: file)
    }

    // MARK: - An API

    @Test func theAPIIsUnreadyFirstFinishesWhatIsInFlightAndRefusesTheRest() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let fleet = try Fleet(folder, apis: 1, workers: 0, ["DRAIN_SECONDS": "2"])
        defer { fleet.kill() }
        try await fleet.start()
        let api = fleet.apis[0]
        var client = ContestClient(baseURL: api.baseURL)
        try await client.signUp("ana")
        let probe = ReadinessProbe(baseURL: api.baseURL)
        try await probe.waitUntil(down: [])

        // A request whose body has begun and does not end yet.
        let (rest, more) = AsyncStream.makeStream(of: ByteBuffer.self)
        let body = #"{"city":"Cali"}"#
        var request = HTTPClientRequest(url: api.baseURL + "/api/auth/me")
        request.method = .PATCH
        request.headers = ["Content-Type": "application/json", "Authorization": "Bearer \(client.token)"]
        request.body = .stream(rest, length: .known(Int64(body.utf8.count)))
        more.yield(ByteBuffer(string: String(body.prefix(5))))
        let inFlight = request
        async let answer = HTTPClient.shared.execute(inFlight, timeout: .seconds(30))

        api.askToEnd()
        try await probe.waitUntil(down: ["process"])
        #expect(try await probe.ask("/health").status == 200, "it still listens")
        let deadline = ContinuousClock.now + .seconds(20)
        let health = HTTPClientRequest(url: api.baseURL + "/health")
        while (try? await HTTPClient.shared.execute(health, timeout: .milliseconds(500))) != nil {
            try expect(ContinuousClock.now < deadline, "it listens 20 s after its grace: \(api.log.suffix(1000))")
            try await Task.sleep(for: .milliseconds(50))
        }
        more.yield(ByteBuffer(string: String(body.dropFirst(5))))
        more.finish()
        let finished = try await answer
        #expect(finished.status == .ok, "what was in flight is finished")
        #expect(finished.headers.first(name: "connection") == "close")
        #expect(try await api.ended(withinSeconds: 20) == 0)
    }

    // MARK: - All of them, one after the other

    @Test func aRollingRestartUnderLoadFailsNothing() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let fleet = try Fleet(folder, apis: 2, workers: 2, ["DRAIN_SECONDS": "1", "SHUTDOWN_SECONDS": "10"])
        defer { fleet.kill() }
        try await fleet.start()
        let proxy = try Proxy(folder, fleet.apis.map(\.port))
        defer { proxy.end() }
        try await proxy.waitUntilItAnswers()

        var people: [ContestClient] = []
        for name in ["ana", "eva", "leo"] {
            var client = ContestClient(baseURL: proxy.baseURL)
            try await client.signUp(name)
            people.append(client)
        }
        let clip = try CrashTests.clip()
        let load = Load()
        let uploaders = people
        try await withThrowingTaskGroup(of: Void.self) { group in
            for person in uploaders {
                group.addTask { try await load.upload(clip, as: person) }
                for _ in 0..<3 { group.addTask { await load.ask(as: person) } }
            }
            for process in fleet.apis { try await fleet.restartAPI(process) }
            for process in fleet.workers { try await fleet.restartWorker(process) }
            load.stop()
            try await group.waitForAll()
        }
        #expect(load.failures.isEmpty, "\(load.failures.prefix(5)) of \(load.requests)")
        #expect(load.requests > 500, "\(load.requests) requests are no load")
        for (person, count) in zip(people, load.uploads(of: people.map(\.token))) {
            #expect(count > 0)
            try await Fleet.waitUntilProcessed(person, count)
        }
    }
}

/// Processes on one folder.
private final class Fleet {
    let apis: [ServerProcess]
    let workers: [ServerProcess]

    /// - Parameter inside: What the APIs are told about a worker of their own.
    init(_ folder: URL, apis: Int, workers: Int, inside: String = "none", _ settings: [String: String]) throws {
        func process(_ name: String, _ arguments: [String]) throws -> ServerProcess {
            let own = folder.appendingPathComponent(name)
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            let shared = ["ANB_DATA_DIR": folder.appendingPathComponent("data").path].merging(settings) { $1 }
            return try ServerProcess(folder: own, settings: shared, arguments: arguments)
        }
        self.apis = try (0..<apis).map { try process("api\($0)", ["serve", "--worker", inside]) }
        self.workers = try (0..<workers).map { try process("worker\($0)", []) }
    }

    func start() async throws {
        for api in apis { try await api.start() }
        for worker in workers { try await worker.startWorker() }
    }

    func restartAPI(_ process: ServerProcess) async throws {
        process.askToEnd()
        #expect(try await process.ended(withinSeconds: 30) == 0, "\(process.log.suffix(2000))")
        try await process.start()
        // As an orchestrator does before the next one: it is ready, and the proxy's second without it is over.
        try await ReadinessProbe(baseURL: process.baseURL).waitUntil(down: [])
        try await Task.sleep(for: .seconds(1))
    }

    func restartWorker(_ process: ServerProcess) async throws {
        process.askToEnd()
        #expect(try await process.ended(withinSeconds: 30) == 0, "\(process.log.suffix(2000))")
        try await process.startWorker()
    }

    func kill() { for process in apis + workers { process.kill() } }

    static func waitUntilProcessed(_ client: ContestClient, _ count: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(150)
        while true {
            let videos = try await client.videos()
            if videos.count == count, videos.allSatisfy({ $0.status == "processed" }) { return }
            try expect(ContinuousClock.now < deadline, "waited 150 s for \(count) videos: \(videos.map(\.status))")
            try await Task.sleep(for: .milliseconds(200))
        }
    }
}

/// What people do meanwhile, and how it went.
private final class Load: Sendable {
    private static let uploadsMax = 3

    private struct State {
        var isStopped = false
        var requests = 0
        var failures: [String] = []
        var uploads: [String: Int] = [:]
    }

    private let state = Mutex(State())

    var requests: Int { state.withLock(\.requests) }
    var failures: [String] { state.withLock(\.failures) }
    private var isStopped: Bool { state.withLock(\.isStopped) }

    func stop() { state.withLock { $0.isStopped = true } }
    func uploads(of tokens: [String]) -> [Int] { state.withLock { state in tokens.map { state.uploads[$0] ?? 0 } } }

    /// Reads and writes in turn.
    func ask(as person: ContestClient) async {
        var turn = 0
        while !isStopped {
            turn += 1
            let cities = ["Cali", "Bogotá"]
            await note {
                switch turn % 3 {
                case 0: _ = try await person.send("GET", "/api/public/rankings", expecting: 200)
                case 1: _ = try await person.send("GET", "/api/videos", expecting: 200)
                default: _ = try await person.send("PATCH", "/api/auth/me", json: ["city": cities[turn % 2]], expecting: 200)
                }
            }
        }
    }

    func upload(_ clip: Data, as person: ContestClient) async throws {
        for number in 0..<Self.uploadsMax where !isStopped {
            await note {
                _ = try await person.upload(clip, title: "Clip \(number)", idempotencyKey: "\(number)")
                self.state.withLock { $0.uploads[person.token, default: 0] += 1 }
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private func note(_ body: () async throws -> Void) async {
        do {
            try await body()
            state.withLock { $0.requests += 1 }
        } catch {
            state.withLock { $0.failures.append("\(error)") }
        }
    }
}

/// A real nginx in front of the replicas, with the configuration that is shipped.
private final class Proxy {
    private let process = Process()
    private let port: Int

    init(_ folder: URL, _ ports: [Int]) throws {
        port = try FreePort.find()
        let shipped = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Deploy/nginx.conf").standardized
        var configuration = try String(contentsOf: shipped, encoding: .utf8)
        // Other places and ports, and a replica that was away is asked again sooner: the test does not wait for it as long.
        for (old, new) in [
            ("/tmp/", "\(folder.path)/"), ("access_log /dev/stdout requests;", "access_log off;"),
            ("error_log stderr warn;", "error_log \(folder.path)/nginx.log warn;"), ("listen 8080;", "listen 127.0.0.1:\(port);"),
            ("api-1:8000", "127.0.0.1:\(ports[0])"), ("api-2:8000", "127.0.0.1:\(ports[1])"),
            ("fail_timeout=5s", "fail_timeout=1s"),
        ] {
            try expect(configuration.contains(old), "\(shipped.path) has no \(old)")
            configuration = configuration.replacingOccurrences(of: old, with: new)
        }
        configuration = "daemon off; master_process off;\n" + configuration
        let file = folder.appendingPathComponent("nginx.conf")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        process.executableURL = URL(fileURLWithPath: "/usr/sbin/nginx")
        process.arguments = ["-c", file.path, "-e", "\(folder.path)/nginx.log", "-p", folder.path]
        try process.run()
    }

    var baseURL: String { "http://127.0.0.1:\(port)" }

    func waitUntilItAnswers() async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while (try? await ReadinessProbe(baseURL: baseURL).ask("/health").status) != 200 {
            try expect(process.isRunning && ContinuousClock.now < deadline, "nginx does not answer")
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    func end() {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }
}
