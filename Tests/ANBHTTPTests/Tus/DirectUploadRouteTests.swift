import ANBStorage
import ANBTesting
import Crypto
import Foundation
import HTTPTypes
import NIOCore
import Testing

@testable import ANBCore
@testable import ANBHTTP

/// Uploads announced with JSON.
struct DirectUploadRouteTests {
    private let clip = Form.clip

    private func announcement(_ byteCount: Int, title: String = "Gol", type: String = "video/mp4", _ more: String = "") -> String
    {
        #"{"title":"\#(title)","byte_count":\#(byteCount),"content_type":"\#(type)"\#(more)}"#
    }

    @Test(arguments: Backing.allCases) func withoutAStoreOfItsOwnTheAnswerIsAResumableURL(_ backing: Backing) async throws {
        try await withStage(backing) { [clip] stage in
            let ana = try await stage.signUp("ana@example.com")
            let answer = try await stage.post(Stage.tusPath, as: ana, json: announcement(clip.utf8.count))
            #expect(answer.status == 201, "\(answer.text)")
            let path = try #require(answer["location"])
            #expect(try answer.string("upload_url").hasSuffix(path))
            #expect(try path == "\(Stage.tusPath)/\(answer.string("upload_id"))")
            #expect(try answer.object["parts"] == nil)
            try (try await stage.send(.post, "\(path)/complete", as: ana)).problem(400, code: "conflict")
            #expect(try await stage.add(clip, at: 0, to: path, as: ana).status == 204)
            #expect(try await stage.send(.post, "\(path)/complete", as: ana).status == 202)
        }
    }

    @Test func partsGoStraightToTheStore() async throws {
        try await withStage {
            $0.takesDirectUploads = true
        } _: { [clip] stage in
            let ana = try await stage.signUp("ana@example.com")
            let checksum = Data(SHA256.hash(data: Data(clip.utf8))).base64EncodedString()
            let answer = try await stage.post(
                Stage.tusPath, as: ana, json: announcement(clip.utf8.count, #","part_sha256":["\#(checksum)"]"#))
            #expect(answer.status == 201, "\(answer.text)")
            let path = try #require(answer["location"])
            let part = try #require((try answer.object["parts"] as? [[String: Any]])?.first)
            #expect(part["byte_count"] as? Int == clip.utf8.count)
            #expect(part["sha256"] as? String == checksum)
            #expect(part["number"] as? Int == 1)
            try (try await stage.add(clip, at: 0, to: path, as: ana)).problem(400, code: "conflict")
            let missing = try (try await stage.send(.post, "\(path)/complete", as: ana)).problem(400, code: "conflict")
            #expect(missing.contains("Part 1 of 1"))
            // The fake store's URL is the key.
            let key = try ObjectKey(try #require(part["url"] as? String))
            try await stage.contest.backends.objects.write(key, .bytes(ByteBuffer(string: clip)))
            for _ in 0..<2 {
                let completed = try await stage.send(.post, "\(path)/complete", as: ana)
                #expect(completed.status == 202, "\(completed.text)")
                #expect(try path.hasSuffix(completed.string("video_id")))
            }
            #expect(try await stage.keys().count == 1)
        }
    }

    @Test func announcementsAreChecked() async throws {
        try await withStage {
            $0.takesDirectUploads = true
        } _: { stage in
            let ana = try await stage.signUp("ana@example.com")
            let bad: [(String, Int)] = [
                (announcement(0), 400), (announcement(-1), 400), (announcement((100 << 20) + 1), 413),
                (announcement(10, title: " "), 400), (announcement(10, type: "text/plain"), 400),
                (announcement(10, #","part_sha256":[]"#), 400), (announcement(10, #","part_sha256":["AAAA"]"#), 400),
                (announcement(.max), 413), (#"{"title":"Gol"}"#, 400), ("[]", 400),
            ]
            for (json, status) in bad { try (try await stage.post(Stage.tusPath, as: ana, json: json)).problem(status) }
            try (try await stage.post(Stage.tusPath, json: announcement(10))).problem(401)
            #expect(try await stage.contest.backends.database.read { try $0.countOpenUploadSessions(ownedBy: ana.id) } == 0)
        }
    }

    @Test func largeFilesHaveLargerParts() {
        #expect(ResumableUploads.directPartBytes(of: 1) == 8 << 20)
        #expect(ResumableUploads.directPartBytes(of: 800 << 20) == 8 << 20)
        #expect(ResumableUploads.directPartBytes(of: (800 << 20) + 1) == 9 << 20)
        #expect(ResumableUploads.directPartBytes(of: 10 << 30) == 103 << 20)
    }
}
