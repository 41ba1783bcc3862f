import ANBCore
import ANBStorage
import ANBTesting
import Foundation
import HTTPTypes
import NIOCore
import Testing

@testable import ANBHTTP

/// What one person may upload on one day, in each of the ways.
@Suite(.timeLimit(.minutes(1))) struct UploadQuotaTests {
    private static let clipBytes = Int64(Form.clip.utf8.count)

    private func withQuota(
        _ backing: Backing = .memory, count: Int = 0, bytes: Int64 = 0, direct: Bool = false,
        _ body: @Sendable @escaping (Stage) async throws -> Void
    ) async throws {
        try await withStage(backing) {
            $0.rules.limits.uploadsPerUserAndDayMax = count
            $0.rules.limits.uploadBytesPerUserAndDayMax = bytes
            $0.takesDirectUploads = direct
        } _: { stage in
            try await body(stage)
        }
    }

    /// The stage's clock stands still, so the wait is exact.
    private static func expectRefusal(_ answer: Answer, _ stage: Stage, sourceLocation: SourceLocation = #_sourceLocation) throws
    {
        let detail = try answer.problem(429, code: "rate_limited", sourceLocation: sourceLocation)
        #expect(detail.contains("one day"), sourceLocation: sourceLocation)
        let left = 86_400 - stage.clock.now.seconds % 86_400
        #expect(answer["retry-after"] == "\(left)", sourceLocation: sourceLocation)
    }

    private static func videoCount(_ stage: Stage, _ person: Person) async throws -> Int {
        try await stage.contest.backends.database.read { try $0.countVideos(ownedBy: person.id) }
    }

    @Test(arguments: Backing.allCases) func theLastOneOfADayIsTakenAndTheNextIsNot(_ backing: Backing) async throws {
        try await withQuota(backing, count: 2) { stage in
            let (ana, eva) = (try await stage.signUp("ana@example.com"), try await stage.signUp("eva@example.com"))
            let key: HTTPFields = [.idempotencyKey: "second"]
            #expect(try await stage.upload(.video(), as: ana).status == 202)
            let second = try await stage.upload(.video(), as: ana, headers: key)
            #expect(second.status == 202)
            try Self.expectRefusal(try await stage.upload(.video(), as: ana), stage)
            // A repeat of what was accepted is no new upload; a deleted one does not make room; others are not concerned.
            let repeated = try await stage.upload(.video(), as: ana, headers: key)
            #expect(try repeated.string("video_id") == second.string("video_id"))
            #expect(try await stage.send(.delete, "/api/videos/\(second.string("video_id"))", as: ana).status == 200)
            try Self.expectRefusal(try await stage.upload(.video(), as: ana), stage)
            #expect(try await stage.upload(.video(), as: eva).status == 202)
            #expect(stage.scratchFiles == [])
            stage.clock.advance(by: .seconds(86_400 - stage.clock.now.seconds % 86_400))
            let morning = try await stage.logIn("ana@example.com")
            #expect(try await stage.upload(.video(), as: morning).status == 202)
        }
    }

    @Test(arguments: Backing.allCases) func theBytesOfADay(_ backing: Backing) async throws {
        try await withQuota(backing, bytes: 2 * Self.clipBytes) { stage in
            let ana = try await stage.signUp("ana@example.com")
            for _ in 0..<2 { #expect(try await stage.upload(.video(), as: ana).status == 202) }
            try Self.expectRefusal(try await stage.upload(.video(), as: ana), stage)
        }
        try await withQuota(backing, bytes: 2 * Self.clipBytes - 1) { stage in
            let ana = try await stage.signUp("ana@example.com")
            #expect(try await stage.upload(.video(), as: ana).status == 202)
            try Self.expectRefusal(try await stage.upload(.video(), as: ana), stage)
        }
        // No day has room for it.
        try await withQuota(backing, bytes: Self.clipBytes - 1) { stage in
            let ana = try await stage.signUp("ana@example.com")
            try (try await stage.upload(.video(), as: ana)).problem(413, code: "too_large")
            try await stage.expectNothingStored(by: ana)
        }
    }

    @Test(arguments: Backing.allCases) func ofManyAtTheSameMomentTheQuotaIsTaken(_ backing: Backing) async throws {
        try await withQuota(backing, count: 3) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<12 {
                    group.addTask {
                        if number % 2 == 0 { return try await stage.upload(.video(), as: ana).status }
                        return try await Self.byTus(stage, ana)
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(statuses == [202: 3, 429: 9])
            #expect(try await Self.videoCount(stage, ana) == 3)
            #expect(stage.scratchFiles == [])
        }
    }

    /// - Returns: The status of the first refusal, or 202.
    private static func byTus(_ stage: Stage, _ person: Person) async throws -> Int {
        let fields = ["Upload-Length": "\(clipBytes)", "Upload-Metadata": Stage.metadata(["title": "Gol"])]
        let begun = try await stage.tus(.post, Stage.tusPath, as: person, fields)
        guard begun.status == 201 else { return begun.status }
        let added = try await stage.add(Form.clip, at: 0, to: try #require(begun["location"]), as: person)
        return added.status == 204 ? 202 : added.status
    }

    /// The bytes are not lost: they become a video on another day.
    @Test(arguments: Backing.allCases) func anUploadInPartsWaitsForAnotherDay(_ backing: Backing) async throws {
        try await withQuota(backing, count: 1) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(Int(Self.clipBytes), as: ana)
            #expect(try await stage.upload(.video(), as: ana).status == 202)
            try Self.expectRefusal(try await stage.add(Form.clip, at: 0, to: path, as: ana), stage)
            #expect(try await stage.offset(of: path, as: ana) == "\(Self.clipBytes)")
            try Self.expectRefusal(try await stage.send(.post, "\(path)/complete", as: ana), stage)
            let fields = ["Upload-Length": "10", "Upload-Metadata": Stage.metadata(["title": "Gol"])]
            try Self.expectRefusal(try await stage.tus(.post, Stage.tusPath, as: ana, fields), stage)
            #expect(try await Self.videoCount(stage, ana) == 1)
            stage.clock.advance(by: .seconds(86_400 - stage.clock.now.seconds % 86_400))
            let morning = try await stage.logIn("ana@example.com")
            #expect(try await stage.send(.post, "\(path)/complete", as: morning).status == 202)
            #expect(try await Self.videoCount(stage, ana) == 2)
        }
    }

    @Test func uploadsStraightToTheStoreCountToo() async throws {
        try await withQuota(bytes: Self.clipBytes, direct: true) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let json = #"{"title":"Gol","byte_count":\#(Self.clipBytes),"content_type":"video/mp4"}"#
            var paths: [String] = []
            for _ in 0..<2 {
                let begun = try await stage.post(Stage.tusPath, as: ana, json: json)
                #expect(begun.status == 201, "\(begun.text)")
                let part = try #require((try begun.object["parts"] as? [[String: Any]])?.first)
                let key = try ObjectKey(try #require(part["url"] as? String))
                try await stage.contest.backends.objects.write(key, .bytes(ByteBuffer(string: Form.clip)))
                paths.append(try #require(begun["location"]))
            }
            #expect(try await stage.send(.post, "\(paths[0])/complete", as: ana).status == 202)
            try Self.expectRefusal(try await stage.send(.post, "\(paths[1])/complete", as: ana), stage)
            try Self.expectRefusal(try await stage.post(Stage.tusPath, as: ana, json: json), stage)
        }
    }
}
