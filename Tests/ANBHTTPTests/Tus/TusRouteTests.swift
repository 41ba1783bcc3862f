import ANBCore
import ANBTesting
import Crypto
import Foundation
import HTTPTypes
import NIOCore
import Testing

@testable import ANBHTTP

/// The protocol tus 1.0 as its text says it.
struct TusRouteTests {
    private let clip = Form.clip

    @Test func optionsTellWhatTheServerCan() async throws {
        try await withStage { stage in
            for path in [Stage.tusPath, "\(Stage.tusPath)/\(UUID())"] {
                // The version in the request is ignored here.
                let answer = try await stage.tus(.options, path, as: nil, ["Tus-Resumable": "0.2.0"])
                #expect(answer.status == 204)
                #expect(answer["tus-version"] == "1.0.0")
                #expect(answer["tus-resumable"] == "1.0.0")
                #expect(answer["tus-max-size"] == "\(100 << 20)")
                #expect(answer["tus-extension"] == "creation,creation-with-upload,termination,expiration,checksum")
                #expect(answer["tus-checksum-algorithm"] == "sha1,sha256")
            }
        }
    }

    @Test(arguments: Backing.allCases) func anUploadGoesOnWhereItStopped(_ backing: Backing) async throws {
        try await withStage(backing) { [clip] stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(clip.utf8.count, as: ana, title: "Triple ⛹")
            let first = try await stage.add(String(clip.prefix(5)), at: 0, to: path, as: ana)
            #expect(first.status == 204, "\(first.text)")
            #expect(first["upload-offset"] == "5")
            #expect(first["upload-expires"] != nil)
            #expect(first["x-video-id"] == nil)
            let head = try await stage.tus(.head, path, as: ana)
            #expect(head.status == 200)
            #expect(head["upload-offset"] == "5")
            #expect(head["upload-length"] == "\(clip.utf8.count)")
            #expect(head["upload-metadata"] == Stage.metadata(["title": "Triple ⛹"]))
            #expect(head["cache-control"] == "no-store")
            #expect(head["tus-resumable"] == "1.0.0")
            let last = try await stage.add(String(clip.dropFirst(5)), at: 5, to: path, as: ana)
            #expect(last.status == 204, "\(last.text)")
            #expect(last["upload-offset"] == "\(clip.utf8.count)")
            let id = try #require(last["x-video-id"].flatMap { VideoID($0) })
            #expect(path.hasSuffix("/\(id)"))
            let video = try #require(try await stage.contest.backends.database.read { try $0.video(id) })
            #expect(video.title == "Triple ⛹")
            #expect(video.originalSHA256 == SHA256.hash(data: Data(clip.utf8)).map { String(format: "%02x", $0) }.joined())
            #expect(last["x-task-id"] == "\(video.jobID)" && last["x-task-id"] == "\(video.id)")
            #expect(try await stage.keys() == [video.originalKey.description], "the parts are gone")
            #expect(stage.scratchFiles == [])
            // The last answer may have been lost.
            for again in [
                try await stage.tus(.head, path, as: ana), try await stage.add("", at: clip.utf8.count, to: path, as: ana),
            ] {
                #expect(again["upload-offset"] == "\(clip.utf8.count)")
                #expect(again["x-video-id"] == "\(id)")
            }
            let completed = try await stage.send(.post, "\(path)/complete", as: ana)
            #expect(completed.status == 202)
            #expect(try completed.string("video_id") == "\(id)")
            #expect(try completed.string("task_id") == "\(video.jobID)")
            #expect(completed["location"] == "/api/videos/\(id)")
            try (try await stage.tus(.delete, path, as: ana)).problem(400, code: "conflict")
            #expect(try await stage.send(.delete, "/api/videos/\(id)", as: ana).status == 200)
            #expect(try await stage.tus(.head, path, as: ana).status == 410, "with its video the upload is gone")
        }
    }

    @Test func theFirstBytesMayComeWithTheBeginning() async throws {
        try await withStage { [clip] stage in
            let ana = try await stage.signUp("ana@example.com")
            let fields = [
                "Upload-Length": "\(clip.utf8.count)",
                "Upload-Metadata": Stage.metadata(["filename": "gol.mp4", "filetype": "audio/mp4"]),
                "Content-Type": Stage.tusType,
            ]
            let half = try await stage.tus(.post, Stage.tusPath, as: ana, fields, body: String(clip.prefix(7)))
            #expect(half.status == 201, "\(half.text)")
            #expect(half["upload-offset"] == "7")
            let expires = try #require(half["upload-expires"])
            #expect(expires.hasSuffix(" GMT") && expires.count == 29, "one date: \(expires)")
            let whole = try await stage.tus(.post, Stage.tusPath, as: ana, fields, body: clip)
            #expect(whole.status == 201, "\(whole.text)")
            #expect(whole["upload-offset"] == "\(clip.utf8.count)" && whole["upload-expires"] == nil)
            let id = try #require(whole["x-video-id"].flatMap { VideoID($0) })
            #expect(try await stage.contest.backends.database.read { try $0.video(id)?.title } == "gol.mp4")
            let refused = try await stage.tus(
                .post, Stage.tusPath, as: ana, fields.merging(["Upload-Checksum": "sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA="]) { $1 },
                body: "x")
            try refused.problem(460, code: "checksum_mismatch")
            #expect(try await stage.contest.backends.database.read { try $0.countOpenUploadSessions(ownedBy: ana.id) } == 1)
        }
    }

    @Test func anotherVersionIsRefused() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(10, as: ana)
            for (method, path) in [
                (HTTPRequest.Method.post, Stage.tusPath), (.head, path), (.patch, path), (.delete, path),
            ] {
                for version in ["0.2.2", ""] {
                    let answer = try await stage.tus(method, path, as: ana, ["Tus-Resumable": version, "Upload-Length": "10"])
                    #expect(answer.status == 412)
                    #expect(answer["tus-version"] == "1.0.0")
                    if method != .head { try answer.problem(412, code: "unsupported_version") }
                }
            }
            #expect(try await stage.offset(of: path, as: ana) == "0")
        }
    }

    @Test func bytesGoOnlyWhereTheUploadIs() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(10, as: ana)
            _ = try await stage.add("abcd", at: 0, to: path, as: ana)
            for offset in [0, 3, 5] {
                try (try await stage.add("xy", at: offset, to: path, as: ana)).problem(409, code: "offset_mismatch")
            }
            try (try await stage.add("1234567", at: 4, to: path, as: ana)).problem(413, code: "too_large")
            let text = try await stage.tus(
                .patch, path, as: ana, ["Upload-Offset": "4", "Content-Type": "text/plain"], body: "x")
            try text.problem(415, code: "unsupported_media_type")
            for offset in ["", "-1", "4.0", "four", "99999999999999999999"] {
                let fields = ["Upload-Offset": offset, "Content-Type": Stage.tusType]
                try (try await stage.tus(.patch, path, as: ana, fields, body: "x")).problem(400, code: "invalid_request")
            }
            #expect(try await stage.offset(of: path, as: ana) == "4")
            #expect(try await stage.add("", at: 4, to: path, as: ana).status == 204, "no bytes are no harm")
        }
    }

    @Test func wrongBytesAreNotKept() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(10, as: ana)
            let sha1 = Data(Insecure.SHA1.hash(data: Data("abcd".utf8))).base64EncodedString()
            let sha256 = Data(SHA256.hash(data: Data("efg".utf8))).base64EncodedString()
            try (try await stage.add("abcX", at: 0, to: path, as: ana, checksum: "sha1 \(sha1)")).problem(
                460, code: "checksum_mismatch")
            #expect(try await stage.offset(of: path, as: ana) == "0")
            #expect(try await stage.keys() == [])
            #expect(try await stage.add("abcd", at: 0, to: path, as: ana, checksum: "sha1 \(sha1)").status == 204)
            #expect(try await stage.add("efg", at: 4, to: path, as: ana, checksum: "sha256 \(sha256)").status == 204)
            for checksum in ["md5 \(sha1)", "sha1", "sha1 AAAA", "sha1 \(sha256)", ""] {
                try (try await stage.add("h", at: 7, to: path, as: ana, checksum: checksum)).problem(400, code: "invalid_request")
            }
            #expect(try await stage.offset(of: path, as: ana) == "7")
        }
    }

    @Test func whatIsGivenUpIsGone() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(10, as: ana)
            _ = try await stage.add("abcd", at: 0, to: path, as: ana)
            #expect(try await stage.tus(.delete, path, as: ana).status == 204)
            #expect(try await stage.keys() == [])
            try (try await stage.add("efgh", at: 4, to: path, as: ana)).problem(410, code: "gone")
            try (try await stage.tus(.delete, path, as: ana)).problem(410)
            try (try await stage.send(.post, "\(path)/complete", as: ana)).problem(410)
            let head = try await stage.tus(.head, path, as: ana)
            #expect(head.status == 410)
            #expect(head["upload-offset"] == nil)
            #expect(head.body.readableBytes == 0)
        }
    }

    @Test func uploadsExpire() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(10, as: ana)
            stage.clock.advance(by: .seconds(23 * 3600))
            let bea = try await stage.logIn("ana@example.com")
            _ = try await stage.add("abcd", at: 0, to: path, as: bea)
            stage.clock.advance(by: .seconds(23 * 3600))
            #expect(try await stage.offset(of: path, as: stage.logIn("ana@example.com")) == "4", "each byte gives a day more")
            stage.clock.advance(by: .seconds(3600))
            let later = try await stage.logIn("ana@example.com")
            try (try await stage.add("efgh", at: 4, to: path, as: later)).problem(410, code: "gone")
            stage.clock.advance(by: .milliseconds(1))
            _ = try await stage.contest.sweeper.sweep()
            #expect(try await stage.keys() == [])
            #expect(try await stage.tus(.head, path, as: later).status == 410)
            stage.clock.advance(by: .seconds(25 * 3600))
            _ = try await stage.contest.sweeper.sweep()
            #expect(try await stage.tus(.head, path, as: stage.logIn("ana@example.com")).status == 404, "forgotten")
        }
    }

    @Test func othersSeeNothing() async throws {
        try await withStage { stage in
            let (ana, bob) = (try await stage.signUp("ana@example.com"), try await stage.signUp("bob@example.com"))
            let path = try await stage.begin(10, as: ana)
            for path in [path, "\(Stage.tusPath)/\(UUID())", "\(Stage.tusPath)/nonsense"] {
                #expect(try await stage.tus(.head, path, as: bob).status == 404)
                try (try await stage.add("x", at: 0, to: path, as: bob)).problem(404, code: "not_found")
                try (try await stage.tus(.delete, path, as: bob)).problem(404)
                try (try await stage.send(.post, "\(path)/complete", as: bob)).problem(404)
            }
            let stranger = try await stage.tus(.patch, path, as: nil)
            try stranger.problem(401)
            #expect(stranger["tus-resumable"] == "1.0.0")
        }
    }

    @Test func aFileThatIsNoVideoIsRefusedAtTheEnd() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(5, as: ana)
            let refused = try await stage.add("hello", at: 0, to: path, as: ana)
            let reason = try refused.problem(400, code: "media_rejected")
            #expect(try refused.object["failure_code"] as? String == "not_a_video")
            try await stage.expectNothingStored(by: ana)
            let again = try await stage.send(.post, "\(path)/complete", as: ana)
            #expect(try again.problem(400, code: "media_rejected") == reason)
            #expect(try again.object["failure_code"] as? String == "not_a_video")
            #expect(try await stage.tus(.head, path, as: ana).status == 410)
        }
    }

    @Test func announcementsAreChecked() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let title = Stage.metadata(["title": "Gol"])
            let bad: [([String: String], Int)] = [
                (["Upload-Metadata": title], 400), (["Upload-Length": "ten", "Upload-Metadata": title], 400),
                (["Upload-Length": "0", "Upload-Metadata": title], 400),
                (["Upload-Length": "\((100 << 20) + 1)", "Upload-Metadata": title], 413), (["Upload-Length": "10"], 400),
                (["Upload-Length": "10", "Upload-Metadata": ""], 400),
                (["Upload-Length": "10", "Upload-Metadata": "title"], 400),
                (["Upload-Length": "10", "Upload-Metadata": "title !"], 400),
                (["Upload-Length": "10", "Upload-Metadata": "\(title),\(title)"], 400),
                (["Upload-Length": "10", "Upload-Metadata": Stage.metadata(["title": String(repeating: "x", count: 201)])], 400),
                (["Upload-Length": "10", "Upload-Metadata": "title /w=="], 400),
                (
                    [
                        "Upload-Length": "10",
                        "Upload-Metadata": title + ",filetype " + Data("text/plain".utf8).base64EncodedString(),
                    ], 400
                ),
                (["Upload-Defer-Length": "1", "Upload-Metadata": title], 400),
            ]
            for (fields, status) in bad { try (try await stage.tus(.post, Stage.tusPath, as: ana, fields)).problem(status) }
            let largest = try await stage.tus(
                .post, Stage.tusPath, as: ana, ["Upload-Length": "\(100 << 20)", "Upload-Metadata": "\(title),is_private"])
            #expect(largest.status == 201)
            #expect(try await stage.contest.backends.database.read { try $0.countOpenUploadSessions(ownedBy: ana.id) } == 1)
        }
    }

    @Test func aPersonHasOnlySoManyUnfinishedUploads() async throws {
        try await withStage {
            $0.rules.limits.openUploadSessionsPerUserMax = 2
        } _: { stage in
            let (ana, bob) = (try await stage.signUp("ana@example.com"), try await stage.signUp("bob@example.com"))
            let path = try await stage.begin(10, as: ana)
            _ = try await stage.begin(10, as: ana)
            let fields = ["Upload-Length": "10", "Upload-Metadata": Stage.metadata(["title": "Gol"])]
            try (try await stage.tus(.post, Stage.tusPath, as: ana, fields)).problem(429, code: "rate_limited")
            _ = try await stage.begin(10, as: bob)
            #expect(try await stage.tus(.delete, path, as: ana).status == 204)
            _ = try await stage.begin(10, as: ana)
        }
    }

    @Test func otherMethodsComeAsPost() async throws {
        try await withStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(10, as: ana)
            let fields = ["X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0", "Content-Type": Stage.tusType]
            let added = try await stage.tus(.post, path, as: ana, fields, body: "abcd")
            #expect(added.status == 204)
            #expect(added["upload-offset"] == "4")
            #expect(try await stage.tus(.post, path, as: ana, ["X-HTTP-Method-Override": "DELETE"]).status == 204)
            try (try await stage.tus(.post, path, as: ana)).problem(405)
        }
    }
}
