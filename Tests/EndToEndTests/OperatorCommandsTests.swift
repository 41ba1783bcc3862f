import ANBCore
import ANBQueue
import ANBTesting
import AWSTestServer
import Foundation
import RedisTestServer
import Testing

/// `anb-worker status`, `doctor` and `conformance`, as an operator runs them.
@Suite(.timeLimit(.minutes(5))) struct OperatorCommandsTests {
    private struct Status: Decodable {
        struct Jobs: Decodable { let due, dead: Int }
        struct Publishing: Decodable { let videos: Int }
        let jobs: Jobs
        let time_to_publish: Publishing
        let queue_problem: String?
    }

    private struct Finding: Decodable {
        let name, state, detail: String
        let advice: String?
    }

    private struct Report: Decodable {
        let subject: String
        let passed: Int
        let broken: [[String: String]]
    }

    private func findings(_ program: StartErrorsProgram, _ settings: [String: String], code: Int32) async throws -> [String:
        Finding]
    {
        let ending = try await program.run(["anb-worker", "doctor", "--json"], settings, secondsMax: 60)
        #expect(ending.code == code, "\(ending)")
        #expect(!(ending.standardOutput + ending.standardError).contains(StartErrorsProgram.secret))
        let all = try JSONDecoder().decode([Finding].self, from: Data(ending.standardOutput.utf8))
        return Dictionary(all.map { ($0.name, $0) }) { $1 }
    }

    @Test func statusIsOnePage() async throws {
        try await StartErrorsProgram.inFolder { program in
            #expect(try await program.run(["anb-api", "migrate"]).code == 0)
            let page = try await program.run(["anb-worker", "status"])
            #expect(page.code == 0, "\(page)")
            for word in ["jobs        0 due", "queue       in the memory", "published   0 videos", "workers", "no dead jobs"] {
                #expect(page.standardOutput.contains(word), "\(page.standardOutput)")
            }
            let json = try await program.run(["anb-worker", "status", "--json"])
            let status = try JSONDecoder().decode(Status.self, from: Data(json.standardOutput.utf8))
            #expect(status.jobs.due == 0 && status.time_to_publish.videos == 0 && status.queue_problem == nil)

            let away = try await program.run(
                ["anb-worker", "status", "--json"], ["QUEUE_BACKEND": "redis", "REDIS_URL": "redis://127.0.0.1:1"])
            #expect(away.code == 0, "a queue that is away is a part of the status: \(away)")
            #expect(try JSONDecoder().decode(Status.self, from: Data(away.standardOutput.utf8)).queue_problem != nil)
        }
    }

    @Test func theDoctorFindsNothingWrong() async throws {
        try await StartErrorsProgram.inFolder { program in
            #expect(try await program.run(["anb-api", "migrate"]).code == 0)
            let found = try await findings(program, [:], code: 0)
            #expect(found.values.allSatisfy { $0.state != "failed" && $0.advice == nil }, "\(found)")
            #expect(
                Set(found.keys) == [
                    "configuration", "database", "credentials", "storage", "queue", "rates and pages", "libav", "sandbox", "disk",
                ])
            #expect(found["queue"]?.state == "unused" && found["credentials"]?.state == "unused")
            #expect(found["libav"]?.detail.contains("libavcodec") == true)
            let objects = FileManager.default.enumerator(atPath: program.folder.appendingPathComponent("objects/originals+").path)
            var files: [String] = []
            while let path = objects?.nextObject() as? String {
                if objects?.fileAttributes?[.type] as? FileAttributeType == .typeRegular { files.append(path) }
            }
            #expect(files.isEmpty, "the trial object is gone")
        }
    }

    @Test func theDoctorSaysWhatToDo() async throws {
        let secret = StartErrorsProgram.secret
        let cases: [(settings: [String: String], failed: Set<String>)] = [
            (["PORT": "nonsense"], ["configuration"]),
            (["DATABASE_URL": "postgres://anb:\(secret)@127.0.0.1:1/anb"], ["database"]),
            (["STORAGE_PATH": "/dev/null/x"], ["storage", "disk"]),
            (["QUEUE_BACKEND": "redis", "REDIS_URL": "redis://:\(secret)@127.0.0.1:1"], ["queue"]),
            (["RATE_LIMIT_BACKEND": "redis", "REDIS_URL": "redis://:\(secret)@127.0.0.1:1"], ["rates and pages"]),
            (["ANB_WATERMARK_PATH": "/nowhere.png"], ["libav"]),
            (["STORAGE_BACKEND": "s3", "S3_BUCKET": "b", "S3_ENDPOINT_URL": "http://127.0.0.1:1"], ["credentials", "storage"]),
            (
                ["STORAGE_BACKEND": "s3", "S3_BUCKET": "b", "AWS_ACCESS_KEY_ID": "a"],
                ["credentials", "storage"]
            ),
        ]
        try await StartErrorsProgram.inFolder { program in
            #expect(try await program.run(["anb-api", "migrate"]).code == 0)
            for (settings, failed) in cases {
                let found = try await findings(program, settings, code: 1)
                #expect(Set(found.values.filter { $0.state == "failed" }.map(\.name)) == failed, "\(settings): \(found)")
                #expect(found.values.filter { $0.state == "failed" }.allSatisfy { $0.advice?.isEmpty == false })
            }
        }
    }

    @Test func theDoctorShowsNamesThatAreMisspelt() async throws {
        try await StartErrorsProgram.inFolder { program in
            let file = program.folder.appendingPathComponent("anb.env")
            try Data("# S3_BUCKED=y\nS3_BUKET=x\nMAX_UPLOADS_PER_DAY=7\nJWT_SECRET_FILE=\n".utf8).write(to: file)
            let doctor = try await program.run(["anb-worker", "doctor", "--settings", file.path])
            #expect(doctor.standardOutput.contains("MAX_UPLOADS_PER_DAY, "), "\(doctor)")
            #expect(doctor.standardOutput.contains("; no settings of ours: S3_BUKET\n"), "\(doctor)")
        }
    }

    @Test func theDoctorAsksForTheSchema() async throws {
        try await StartErrorsProgram.inFolder { program in
            let found = try await findings(program, [:], code: 1)
            #expect(found["database"]?.state == "failed" && found["database"]?.advice?.contains("anb-api migrate") == true)
        }
    }

    @Test func commandsMakeNoDatabase() async throws {
        let commands = [
            ["anb-api", "user", "list"], ["anb-api", "user", "grant", "ana@example.com", "jury"], ["anb-api", "audit", "list"],
            ["anb-api", "audit", "verify"], ["anb-api", "votes", "report"], ["anb-api", "votes", "recount"],
            ["anb-api", "webhooks", "list"], ["anb-api", "webhooks", "replay", "--all"], ["anb-worker", "status"],
            ["anb-worker", "dead-letters", "list"], ["anb-worker", "dead-letters", "replay", "--all"], ["anb-worker", "sweep"],
        ]
        try await StartErrorsProgram.inFolder { program in
            for command in commands {
                try await program.expectRefusal(78, ["there is no database", "anb-api migrate"], command, [:])
            }
            #expect(!FileManager.default.fileExists(atPath: program.folder.appendingPathComponent("anb.sqlite").path))
        }
    }

    /// As after a mistake in `DATABASE_URL`, or before a backup was restored.
    @Test func aNewDatabaseSweepsAwayNothingThatWasThereBefore() async throws {
        try await StartErrorsProgram.inFolder { program in
            let before = try Self.store("01a2280e-2db2-7278-b33d-8d4f4d18a7e1", in: program.folder)
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -7200)], ofItemAtPath: before)
            #expect(try await program.run(["anb-api", "migrate"]).code == 0)
            let stray = try Self.store("01a2280e-4b60-7576-a90b-bb5511431da8", in: program.folder)
            try await Task.sleep(for: .milliseconds(1500))
            let sweep = try await program.run(["anb-worker", "sweep"], ["ORPHAN_GRACE_SECONDS": "1"])
            #expect(sweep.code == 0 && sweep.standardOutput.contains(#""objects_left":1,"objects_removed":1"#), "\(sweep)")
            #expect(sweep.standardError.contains("is it the database of this store?"), "\(sweep)")
            #expect(FileManager.default.fileExists(atPath: before) && !FileManager.default.fileExists(atPath: stray))
        }
    }

    /// An object that no row refers to; answers its file.
    private static func store(_ video: String, in folder: URL) throws -> String {
        let file = folder.appendingPathComponent("objects/originals+/\(video)+/original.mov")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data("clip".utf8).write(to: file)
        return file.path
    }

    private func reports(_ settings: [String: String]) async throws -> [Report] {
        var reports: [Report] = []
        try await StartErrorsProgram.inFolder { program in
            let ending = try await program.run(["anb-worker", "conformance", "--json"], settings, secondsMax: 240)
            #expect(ending.code == 0, "\(ending.standardError.suffix(3000))")
            let said = ending.standardError.split(separator: "\n")
            #expect(said.allSatisfy { $0.hasPrefix("holds ") }, "what is broken on purpose is no error: \(said)")
            reports = try JSONDecoder().decode([Report].self, from: Data(ending.standardOutput.utf8))
            let files = try FileManager.default.subpathsOfDirectory(atPath: program.folder.path)
            #expect(!files.contains { $0.contains("conformance") }, "\(files)")
        }
        return reports
    }

    @Test func conformanceOfFilesAndRedis() async throws {
        let redis = try await RedisTestServer.start()
        let queue = try RedisJobQueue(url: redis.url, logger: .silent)
        try await queue.send([.ours(originalKey: "a")])
        let reports = try await reports(["QUEUE_BACKEND": "redis", "REDIS_URL": redis.url])
        #expect(reports.map(\.passed) == [ObjectStoreSuite.suite.cases.count, JobQueueSuite.suite.cases.count])
        #expect(try await queue.depth().ready == 1, "what was in the queue is in it still")
        await queue.close()
        await redis.stop()
    }

    @Test func conformanceOfABucketAndSQS() async throws {
        let server = try await AWSTestServer.shared()
        let settings = server.sqsSettings(fifo: true)
        let queue = try await server.makeQueue(settings)
        try await queue.send([.ours(originalKey: "a")])
        let bucket = try await server.makeBucket()
        let variables = server.sqsVariables(settings).merging(server.s3Variables(bucket: bucket)) { $1 }
        let reports = try await reports(variables)
        #expect(reports.count == 2 && reports.allSatisfy { $0.broken.isEmpty && $0.passed > 10 })
        // Only an empty one can be removed.
        try await server.removeBucket(bucket)
        #expect(try await queue.depth().ready == 1)
    }
}
