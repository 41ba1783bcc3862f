import ANBCore
import ANBTesting
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import PostgresTestServer
import RedisTestServer
import Testing

/// Several processes on one database, one queue and one store: an auth service, two replicas of the core and two workers.
@Suite(.serialized) struct ReplicaTests {
    @Test(.timeLimit(.minutes(6))) func authCoreAndWorkersOfManyProcessesAreOneContest() async throws {
        try await withRedisServer { redis in
            let installation = try await Installation(redis: redis.url)
            defer { installation.remove() }
            let auth = try installation.process("auth", ["serve", "--worker", "none", "--routes", "auth"])
            let cores = try ["core1", "core2"].map {
                try installation.process($0, ["serve", "--worker", "none", "--routes", "core"])
            }
            let workers = try ["worker1", "worker2"].map { try installation.process($0, []) }
            defer { for process in [auth] + cores + workers { process.kill() } }
            // All at once on an empty database: one makes the schema, the others wait for it.
            for server in [auth] + cores { try server.begin() }
            for server in [auth] + cores { try await server.waitUntilItAnswers() }
            for worker in workers { try await worker.startWorker() }

            try await checkSplit(auth: auth, core: cores[0])
            var people = try await signUp(["ana", "bea"], at: auth)
            let videos = try await uploadThrough(cores, &people)
            try await checkPublished(videos, people, cores)
            for process in cores + workers + [auth] { #expect(process.terminate() == 0, "\(process.log.suffix(2000))") }
            let working = workers.filter { $0.log.contains("the run begins") }
            #expect(working.count == 2, "both workers had jobs")
        }
    }

    /// Where workers are started by what waits in the queue, nobody else would ring for a video whose bell failed.
    @Test(.timeLimit(.minutes(3))) func aReplicaWithoutWorkersRingsAgain() async throws {
        let redis = try await RedisTestServer.start()
        let installation = try await Installation(redis: redis.url)
        defer { installation.remove() }
        let api = try installation.process("api", ["serve", "--worker", "none"])
        defer { api.kill() }
        try await api.start()
        var person = ContestClient(baseURL: api.baseURL)
        try await person.signUp("ana")
        redis.kill()
        _ = try await person.upload(try CrashTests.clip(), title: "Unheard", idempotencyKey: "k")
        let again = try await redis.restarted()
        let deadline = ContinuousClock.now + .seconds(60)
        while try await Command.run(["/usr/bin/redis-cli", "-u", again.url, "xlen", "anb:{jobs}:stream"]).standardOutput != "1\n"
        {
            try expect(ContinuousClock.now < deadline, "nobody rang: \(api.log.suffix(3000))")
            try await Task.sleep(for: .milliseconds(200))
        }
        await again.stop()
    }

    private func checkSplit(auth: ServerProcess, core: ServerProcess) async throws {
        let (atAuth, atCore) = (ContestClient(baseURL: auth.baseURL), ContestClient(baseURL: core.baseURL))
        _ = try await atAuth.send("GET", "/auth/api/v1/status", expecting: 200)
        _ = try await atAuth.send("GET", "/api/public/videos", expecting: 404)
        _ = try await atCore.send("POST", "/api/auth/login", json: [:], expecting: 404)
        _ = try await atCore.send("GET", "/auth/api/v1/status", expecting: 404)
    }

    private func signUp(_ names: [String], at auth: ServerProcess) async throws -> [ContestClient] {
        var people: [ContestClient] = []
        for name in names {
            var client = ContestClient(baseURL: auth.baseURL)
            try await client.signUp(name)
            people.append(client)
        }
        return people
    }

    /// Each person sends three clips through the replicas in turn, and sees all of them through both.
    private func uploadThrough(_ cores: [ServerProcess], _ people: inout [ContestClient]) async throws -> [String] {
        let clip = try CrashTests.clip()
        var videos: [String] = []
        for index in people.indices {
            for number in 0..<3 {
                people[index].baseURL = cores[number % 2].baseURL
                let accepted = try await people[index].upload(clip, title: "Clip \(number)", idempotencyKey: "key-\(number)")
                // The other replica knows the key.
                people[index].baseURL = cores[(number + 1) % 2].baseURL
                let again = try await people[index].upload(clip, title: "Clip \(number)", idempotencyKey: "key-\(number)")
                #expect(again == accepted)
                videos.append(accepted.video_id)
            }
        }
        return videos
    }

    private func checkPublished(_ videos: [String], _ people: [ContestClient], _ cores: [ServerProcess]) async throws {
        let deadline = ContinuousClock.now + .seconds(180)
        for core in cores {
            for var person in people {
                person.baseURL = core.baseURL
                var mine = try await person.videos()
                while !mine.allSatisfy({ $0.status == "processed" }) {
                    try expect(ContinuousClock.now < deadline, "waited 180 s for every video to be processed: \(mine)")
                    try await Task.sleep(for: .milliseconds(100))
                    mine = try await person.videos()
                }
                #expect(mine.count == 3)
            }
        }
        // A vote given through one replica is given: the other one refuses it.
        for (index, core) in cores.enumerated() {
            var voter = people[1]
            voter.baseURL = core.baseURL
            _ = try await voter.send("POST", "/api/public/videos/\(videos[0])/vote", expecting: index == 0 ? 200 : 400)
        }
        for video in videos.prefix(3).dropFirst() { try await repeatAtOnce(video, people[1], cores) }
    }

    /// The same request through both replicas at the same time: one is done; the others get its answer, or shall come again.
    private func repeatAtOnce(_ video: String, _ voter: ContestClient, _ cores: [ServerProcess]) async throws {
        let statuses = try await withThrowingTaskGroup(of: UInt.self) { group in
            for number in 0..<10 {
                var request = HTTPClientRequest(url: cores[number % 2].baseURL + "/api/public/videos/\(video)/vote")
                request.method = .POST
                request.headers.add(name: "Authorization", value: "Bearer \(voter.token)")
                request.headers.add(name: "Idempotency-Key", value: video)
                group.addTask { [request] in
                    try await HTTPClient.shared.execute(request, timeout: .seconds(30)).status.code
                }
            }
            return try await group.reduce(into: Set<UInt>()) { $0.insert($1) }
        }
        #expect(statuses.contains(200) && statuses.isSubset(of: [200, 409]), "\(statuses)")
    }
}

/// What the processes of one installation share.
private struct Installation {
    let folder: URL
    let settings: [String: String]

    init(redis: String) async throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("anb-replicas-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let server = try await PostgresTestServer.shared
        let name = "replicas_" + UUID().uuidString.suffix(12).lowercased()
        let made = try await Command.run(["/usr/bin/env", "psql", server.url(), "-Xqc", "CREATE DATABASE \(name)"])
        try expect(made.code == 0, "psql: \(made.standardError)")
        settings = [
            "DATABASE_URL": server.url(database: name), "QUEUE_BACKEND": "redis", "REDIS_URL": redis,
            "STORAGE_PATH": folder.appendingPathComponent("objects").path, "JWT_SECRET": String(repeating: "s", count: 32),
        ]
    }

    /// A process with a data folder of its own, as on a machine of its own.
    func process(_ name: String, _ arguments: [String]) throws -> ServerProcess {
        let own = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        return try ServerProcess(folder: own, settings: settings, arguments: arguments)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }
}
