import ANBCore
import ANBTesting
import HTTPTypes
import Testing

@testable import ANBHTTP

@Suite struct LibraryRouteTests {
    @Test(arguments: Backing.allCases) func myVideosComeNewestFirst(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let bob = try await stage.signUp("bob@example.com")
            let first = try await stage.uploadedVideo(of: ana)
            stage.clock.advance(by: .seconds(1))
            let second = try await stage.publishedVideo(of: ana)
            _ = try await stage.uploadedVideo(of: bob)
            let answer = try await stage.get("/api/videos", as: ana)
            let list = try answer.list
            #expect(answer.status == 200)
            #expect(list.map { $0["video_id"] as? String } == [second.description, first.description])
            #expect(Set(list[1].keys) == ["video_id", "title", "status", "uploaded_at"])
            #expect(Set(list[0].keys) == ["video_id", "title", "status", "uploaded_at", "processed_at", "processed_url"])
            #expect(list[0]["status"] as? String == "processed")
            #expect((list[0]["processed_url"] as? String)?.hasPrefix("http://localhost/media/processed/") == true)
            #expect((list[0]["uploaded_at"] as? String)?.hasSuffix("Z") == true)
            #expect(answer["x-total-count"] == "2")
            #expect(answer["link"] == nil)
            try await stage.get("/api/videos").problem(401)
        }
    }

    @Test(arguments: Backing.allCases) func pagesLeadOn(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            for _ in 0..<5 {
                _ = try await stage.uploadedVideo(of: ana)
                stage.clock.advance(by: .seconds(1))
            }
            var (path, seen, pages) = ("/api/videos?limit=2", [String](), 0)
            while true {
                let answer = try await stage.get(path, as: ana)
                seen += try answer.list.compactMap { $0["video_id"] as? String }
                pages += 1
                guard let next = answer["link"] else { break }
                path = try #require(next.firstMatch(of: /<(.+)>; rel="next"/)).output.1.description
            }
            #expect(pages == 3)
            #expect(Set(seen).count == 5 && seen.count == 5)
        }
    }

    @Test(arguments: ["limit=0", "limit=101", "limit=x", "offset=-1", "offset=x"])
    func aPageOutOfRangeIsRefused(query: String) async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let name = query.prefix { $0 != "=" }
            for path in ["/api/videos", "/api/public/videos", "/api/public/rankings", "/api/public/my-votes"] {
                let detail = try await stage.get("\(path)?\(query)", as: ana).problem(400, code: "invalid_request")
                #expect(detail.hasPrefix(name))
            }
        }
    }

    @Test(arguments: Backing.allCases) func theDetailFollowsTheVideo(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.uploadedVideo(of: ana)
            let queued = try await stage.get("/api/videos/\(id)", as: ana)
            #expect(queued.status == 200)
            #expect(
                Set(try queued.object.keys) == [
                    "video_id", "title", "status", "uploaded_at", "original_url", "renditions", "votes", "duration_seconds",
                    "progress",
                ])
            #expect(try queued.string("status") == "queued")
            #expect(try queued.integer("progress") == 0)
            try await stage.publish(id)
            let processed = try await stage.get("/api/videos/\(id)", as: ana)
            #expect(
                Set(try processed.object.keys) == [
                    "video_id", "title", "status", "uploaded_at", "processed_at", "original_url", "processed_url",
                    "renditions", "thumbnail_url", "votes", "duration_seconds", "progress",
                ])
            #expect(try processed.integer("progress") == 100)
            #expect(try processed.object["duration_seconds"] as? Double == 30.5)
            let renditions = try #require(try processed.object["renditions"] as? [String: String])
            #expect(Set(renditions.keys) == ["720p", "480p"])
            #expect(try processed.string("processed_url") == renditions["720p"])
        }
    }

    @Test func aFailureNamesItsReason() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.uploadedVideo(of: ana)
            let now = stage.clock.now
            _ = try await stage.contest.backends.database.withTransaction {
                try $0.fail(id, code: .notAVideo, reason: "No picture.", at: now)
            }
            let detail = try await stage.get("/api/videos/\(id)", as: ana)
            #expect(try detail.string("status") == "failed")
            #expect(try detail.string("error") == "No picture.")
            #expect(try detail.string("failure_code") == "not_a_video")
        }
    }

    @Test(arguments: Backing.allCases) func othersAndStrangersDoNotSeeIt(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let bob = try await stage.signUp("bob@example.com")
            let id = try await stage.uploadedVideo(of: ana)
            for method in [HTTPRequest.Method.get, .delete] {
                try await stage.send(method, "/api/videos/\(id)", as: bob).problem(403, code: "forbidden")
                try await stage.send(method, "/api/videos/\(id)").problem(401)
                for missing in ["x", "1", "\(id)x", "00000000-0000-0000-0000-000000000000", "%2e%2e", "\(id)%00"] {
                    try await stage.send(method, "/api/videos/\(missing)", as: ana).problem(404, code: "not_found")
                }
            }
            #expect(try await stage.get("/api/videos/\(id.description.uppercased())", as: ana).status == 200)
        }
    }

    @Test(arguments: Backing.allCases) func aDeletedVideoIsGoneAtOnce(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.uploadedVideo(of: ana)
            let answer = try await stage.send(.delete, "/api/videos/\(id)", as: ana)
            #expect(answer.status == 200)
            #expect(Set(try answer.object.keys) == ["message", "video_id"])
            try await stage.get("/api/videos/\(id)", as: ana).problem(404)
            try await stage.send(.delete, "/api/videos/\(id)", as: ana).problem(404)
            #expect(try await stage.get("/api/videos", as: ana).list.isEmpty)
        }
    }

    @Test(arguments: Backing.allCases) func aPublishedVideoCannotBeDeleted(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let id = try await stage.publishedVideo(of: ana)
            try await stage.send(.delete, "/api/videos/\(id)", as: ana).problem(400, code: "conflict")
            #expect(try await stage.get("/api/public/videos/\(id)").status == 200)
        }
    }

    @Test(arguments: Backing.allCases) func aTaskTellsWhereItIs(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let bob = try await stage.signUp("bob@example.com")
            let upload = try await stage.upload(.video(), as: ana)
            let (task, video) = (try upload.string("task_id"), try #require(VideoID(try upload.string("video_id"))))
            let queued = try await stage.get("/api/tasks/\(task)", as: ana)
            #expect(queued.status == 200)
            #expect(
                Set(try queued.object.keys) == [
                    "task_id", "video_id", "status", "stage", "progress", "attempt", "position_in_queue",
                ])
            #expect(try queued.string("stage") == "queued")
            try await stage.begin(task, video)
            #expect(try await stage.get("/api/tasks/\(task)", as: ana).string("stage") == "downloading")
            let end = stage.clock.now + .seconds(7)
            try await stage.work(on: task, JobProgress(stage: .transcoding, fraction: 0.6, expectedEnd: end))
            let running = try await stage.get("/api/tasks/\(task)", as: ana)
            #expect(try running.string("stage") == "transcoding")
            #expect(try running.integer("progress") == 60)
            #expect(try running.integer("eta_seconds") == 7)
            #expect(try running.integer("attempt") == 1)
            try await stage.publish(video)
            let done = try await stage.get("/api/tasks/\(task)", as: ana)
            #expect(try done.string("stage") == "processed")
            #expect(try done.integer("progress") == 100)
            try await stage.get("/api/tasks/\(task)", as: bob).problem(403)
            try await stage.get("/api/tasks/\(task)").problem(401)
            try await stage.get("/api/tasks/nonsense", as: ana).problem(404)
            // Clients that know tasks only name the video by its task.
            #expect(task == "\(video)")
        }
    }
}

extension Stage {
    /// A worker's first claim.
    fileprivate func begin(_ task: String, _ video: VideoID) async throws {
        let (id, now) = (try #require(JobID(task)), clock.now)
        try await contest.backends.database.withTransaction { transaction in
            _ = try transaction.claimJob(id, worker: "w", lease: .seconds(30), limits: AttemptLimits(), now: now)
            _ = try transaction.markProcessing(video)
        }
    }

    /// Its first sign of life.
    fileprivate func work(on task: String, _ progress: JobProgress) async throws {
        let (id, now) = (try #require(JobID(task)), clock.now)
        let noted = try await contest.backends.database.withTransaction { transaction in
            try transaction.heartbeatJob(id, fence: 1, lease: .seconds(30), progress: progress, now: now)
        }
        #expect(noted)
    }
}
