import ANBCore
import ANBTesting
import HTTPTypes
import NIOCore
import Testing

@testable import ANBHTTP

@Suite struct UploadRouteTests {
    @Test(arguments: Backing.allCases) func anUploadIsAcceptedAndDurable(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let answer = try await stage.upload(.video(), as: ana, headers: [.correlationID: "upload-1"])
            #expect(answer.status == 202)
            #expect(Set(try answer.object.keys) == ["message", "video_id", "task_id"])
            let id = try #require(VideoID(try answer.string("video_id")))
            #expect(answer["location"] == "/api/videos/\(id)")
            #expect(answer["retry-after"] != nil)
            let (video, job) = try await stage.contest.backends.database.read { scope in
                let video = try scope.video(id)
                return (video, try video.flatMap { try scope.job($0.jobID) })
            }
            #expect(video?.title == "Gol")
            #expect(job?.id.description == (try answer.string("task_id")))
            #expect(job?.correlationID == "upload-1")
            let key = try #require(video?.originalKey)
            let stored = try await stage.contest.backends.objects.read(key).collect(upTo: 1000)
            #expect(String(buffer: stored) == Form.clip)
            #expect(stage.scratchFiles == [])
        }
    }

    @Test func orderAndUnknownFieldsDoNotMatter() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let form = Form([
                .text("before", "x"), .file("video_file", name: "é \"ñ\".mp4", Form.clip), .text("between", "y"),
                .text("title", " Gol de cabeza "), .file("extra", name: "other.mp4", "bytes"),
            ])
            let answer = try await stage.upload(form, as: ana)
            #expect(answer.status == 202)
            let id = try answer.string("video_id")
            #expect(try await stage.get("/api/videos/\(id)", as: ana).string("title") == "Gol de cabeza")
        }
    }

    static let refusedForms: [(String, Form, String)] = [
        ("no title", Form([.file("video_file", name: "a.mp4", Form.clip)]), "title"),
        ("empty title", .video(title: ""), "title"), ("blank title", .video(title: "  \t"), "title"),
        ("201 characters", .video(title: String(repeating: "ñ", count: 201)), "title"),
        ("5000 bytes", .video(title: String(repeating: "x", count: 5000)), "title"),
        ("control character", .video(title: "a\u{7}b"), "title"),
        ("no file", Form([.text("title", "Gol")]), "video_file"), ("nothing", Form([]), "video_file"),
        ("file elsewhere", Form([.text("title", "t"), .file("file", name: "a.mp4", Form.clip)]), "field video_file"),
        (
            "large file elsewhere",
            Form([.text("title", "t"), .file("file", name: "a.mp4", String(repeating: "x", count: 100_000))]), "field video_file"
        ),
        ("empty file", .video(content: ""), "empty"), ("text as mp4", .video(content: "this is only text"), "not a video"),
        (
            "two files",
            Form([.text("title", "t"), .file("video_file", name: "a", Form.clip), .file("video_file", name: "b", Form.clip)]),
            "one video_file"
        ),
        ("two titles", Form([.text("title", "a"), .text("title", "b"), .file("video_file", name: "a", Form.clip)]), "one title"),
        ("JSON", Form(raw: "{}", contentType: "application/json"), "multipart"),
        ("no boundary", Form(raw: "--x--", contentType: "multipart/form-data"), "multipart"),
        ("wrong boundary", Form(raw: "--x--", contentType: "multipart/form-data; boundary=y"), "ended early"),
        (
            "wrong boundary of a long body",
            Form(
                raw: "--x\r\n" + String(repeating: "a", count: 200 << 10), contentType: "multipart/form-data; boundary=y"),
            "boundary that Content-Type names"
        ),
        ("empty body", Form(raw: "", contentType: "multipart/form-data; boundary=y"), "ended early"),
        (
            "cut",
            Form(
                raw: "--y\r\nContent-Disposition: form-data; name=\"video_file\"\r\n\r\n\(Form.clip)",
                contentType: "multipart/form-data; boundary=y"), "ended early"
        ),
        (
            "no name",
            Form(
                raw: "--y\r\nContent-Disposition: form-data\r\n\r\nx\r\n--y--",
                contentType: "multipart/form-data; boundary=y"), "name"
        ),
    ]

    @Test(arguments: Backing.allCases, refusedForms.indices)
    func aBadFormIsRefusedAndLeavesNothing(backing: Backing, index: Int) async throws {
        let (_, form, word) = Self.refusedForms[index]
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let detail = try await stage.upload(form, as: ana).problem(400)
            #expect(detail.contains(word), "\(detail)")
            try await stage.expectNothingStored(by: ana)
        }
    }

    @Test func anEmptyFileHasACodeOfItsOwn() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let answer = try await stage.upload(.video(content: ""), as: ana)
            try answer.problem(400, code: "media_rejected")
            #expect(try answer.object["failure_code"] as? String == "file_empty")
        }
    }

    @Test func twoHundredCharactersAreATitle() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            #expect(try await stage.upload(.video(title: String(repeating: "🏀", count: 200)), as: ana).status == 202)
        }
    }

    @Test func aTitleThatIsNoUTF8IsRefused() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            var form = Form([.file("video_file", name: "a.mp4", Form.clip)])
            form.body.moveWriterIndex(to: form.body.writerIndex - 4)
            form.body.writeString("\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n")
            form.body.writeBytes([0xFF, 0xFE])
            form.body.writeString("\r\n--\(Form.boundary)--")
            try await stage.upload(form, as: ana).problem(400)
            try await stage.expectNothingStored(by: ana)
        }
    }

    @Test func withoutAValidTokenNothingIsRead() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            try await stage.upload(.video(), as: nil).problem(401, code: "unauthenticated")
            for token in ["x", "a.b.c", ana.accessToken + "x", ana.refreshToken] {
                let answer = try await stage.send(
                    .post, "/api/videos/upload", token: token, type: Form.video().contentType, body: Form.video().body)
                try answer.problem(401, code: "unauthenticated")
                #expect(answer["www-authenticate"]?.hasPrefix("Bearer") == true)
            }
            stage.clock.advance(by: .seconds(3600))
            try await stage.upload(.video(), as: ana).problem(401)
            try await stage.expectNothingStored(by: ana)
        }
    }

    @Test(arguments: Backing.allCases) func aFileAboveTheLimitIsTooLarge(backing: Backing) async throws {
        try await withStage(backing) {
            $0.rules.limits.uploadBytesMax = 1 << 20
        } _: { stage in
            let ana = try await stage.signUp("ana@example.com")
            let clip = Form.clip + String(repeating: "x", count: (1 << 20) - Form.clip.utf8.count)
            #expect(try await stage.upload(.video(content: clip), as: ana).status == 202)
            let bob = try await stage.signUp("bob@example.com")
            let answer = try await stage.upload(.video(content: clip + "x"), as: bob)
            try answer.problem(413, code: "too_large")
            #expect(answer["connection"] == "close")
            #expect(stage.scratchFiles == [])
            #expect(try await stage.get("/api/videos", as: bob).list.isEmpty)
        }
    }

    @Test func fieldsAroundTheFileHaveABound() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let junk = String(repeating: "x", count: 100_000)
            let form = Form([.text("junk", junk), .text("title", "t"), .file("video_file", name: "a", Form.clip)])
            try await stage.upload(form, as: ana).problem(413)
            try await stage.expectNothingStored(by: ana)
        }
    }

    @Test func whenEverySlotIsTakenTheNextComesBackLater() async throws {
        try await withStage(.memory) {
            $0.rules.limits.concurrentUploadsMax = 0
        } _: { stage in
            let ana = try await stage.signUp("ana@example.com")
            let answer = try await stage.upload(.video(), as: ana)
            try answer.problem(503, code: "overloaded")
            #expect(answer["retry-after"] == "5")
        }
    }

    @Test(arguments: Backing.allCases) func anIdempotencyKeyMakesOneVideoOfTwoUploads(backing: Backing) async throws {
        try await withStage(backing) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let first = try await stage.upload(.video(), as: ana, headers: [.idempotencyKey: "k-1"])
            let again = try await stage.upload(.video(), as: ana, headers: [.idempotencyKey: "k-1"])
            #expect(again.status == 202)
            #expect(again.text == first.text)
            #expect(try await stage.get("/api/videos", as: ana).list.count == 1)
            try await stage.upload(.video(title: "Other"), as: ana, headers: [.idempotencyKey: "k-1"])
                .problem(422, code: "idempotency_mismatch")
            try await stage.upload(.video(), as: ana, headers: [.idempotencyKey: "a b"]).problem(400)
        }
    }

    @Test func aFaultOfOursIsNotTold() async throws {
        struct BrokenEngine: MediaEngine {
            func probe(path: String, limits: MediaLimits) async throws -> MediaInfo {
                throw ANBError.internal("secret host db-7 is on fire")
            }
            func validate(_ recipe: MediaRecipe, limits: MediaLimits) {}
            func transcode(
                _ request: TranscodeRequest, progress: @escaping @Sendable (TranscodeProgress) -> Void
            ) async throws -> TranscodeReport { throw ANBError.internal("unused") }
        }
        try await withStage(.memory) {
            $0.media = BrokenEngine()
        } _: { stage in
            let ana = try await stage.signUp("ana@example.com")
            let answer = try await stage.upload(.video(), as: ana)
            try answer.problem(500, code: "internal")
            #expect(!answer.text.contains("db-7"))
            try await stage.expectNothingStored(by: ana)
        }
    }
}
