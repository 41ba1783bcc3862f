import ANBCore
import ANBTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import ANBHTTP

/// What happens to an upload when its connections misbehave.
@Suite(.timeLimit(.minutes(2))) struct TusConnectionTests {
    private let clip = Form.clip

    @Test func whatArrivedBeforeACutIsKept() async throws {
        try await withLiveStage { [clip] stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(clip.utf8.count, as: ana)
            try await RawConnection.with(port: stage.client.port) { connection in
                try await connection.send(Self.head(ana, path, "Upload-Offset: 0\r\nContent-Length: \(clip.utf8.count)\r\n"))
                try await connection.send(String(clip.prefix(9)))
                try await Self.wait { stage.scratchBytes == 9 }
            }
            try await Self.wait { try await stage.offset(of: path, as: ana) == "9" }
            let last = try await stage.add(String(clip.dropFirst(9)), at: 9, to: path, as: ana)
            #expect(last.status == 204, "\(last.text)")
            #expect(last["x-video-id"] != nil)
        }
    }

    @Test func whatCannotBeComparedAfterACutIsNotKept() async throws {
        try await withLiveStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(100, as: ana)
            try await RawConnection.with(port: stage.client.port) { connection in
                let checksum = "Upload-Checksum: sha1 AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"
                try await connection.send(Self.head(ana, path, "Upload-Offset: 0\r\nContent-Length: 100\r\n\(checksum)"))
                try await connection.send("abcdefghi")
                try await Self.wait { stage.scratchBytes == 9 }
            }
            try await Self.wait { try await stage.lease(of: path) == nil }
            #expect(try await stage.offset(of: path, as: ana) == "0")
            #expect(try await stage.keys() == [])
            #expect(stage.scratchFiles == [])
        }
    }

    @Test func aBodyThatRunsOverIsStopped() async throws {
        try await withLiveStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(10, as: ana)
            try await RawConnection.with(port: stage.client.port) { connection in
                try await connection.send(Self.head(ana, path, "Upload-Offset: 0\r\nTransfer-Encoding: chunked\r\n"))
                try await connection.send("6\r\nabcdef\r\n")
                try await Self.wait { stage.scratchBytes == 6 }
                try await connection.send("6\r\nghijkl\r\n0\r\n\r\n")
                let answer = await connection.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
            }
            #expect(try await stage.offset(of: path, as: ana) == "6")
        }
    }

    /// A client that changes its network leaves a connection behind on which nothing will ever come.
    @Test func aStalledRequestGivesWayAndKeepsItsBytes() async throws {
        try await withLiveStage { [clip] stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(clip.utf8.count, as: ana)
            try await RawConnection.with(port: stage.client.port) { stalled in
                try await stalled.send(Self.head(ana, path, "Upload-Offset: 0\r\nContent-Length: \(clip.utf8.count)\r\n"))
                try await stalled.send(String(clip.prefix(9)))
                try await Self.wait { stage.scratchBytes == 9 }
                let busy = try await stage.add(clip, at: 0, to: path, as: ana)
                try busy.problem(409, code: "in_progress")
                #expect(busy["retry-after"] == "1")
                // The stalled one looks after its lease, and after the pace of its client.
                try await stage.clock.waitForSleepers(2)
                stage.clock.advance(by: .seconds(2))
                let answer = await stalled.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 409 "), "\(answer)")
            }
            #expect(try await stage.offset(of: path, as: ana) == "9")
            #expect(try await stage.add(String(clip.dropFirst(9)), at: 9, to: path, as: ana).status == 204)
        }
    }

    @Test func cancellingStopsARequestThatIsAdding() async throws {
        try await withLiveStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let path = try await stage.begin(100, as: ana)
            try await RawConnection.with(port: stage.client.port) { adding in
                try await adding.send(Self.head(ana, path, "Upload-Offset: 0\r\nContent-Length: 100\r\n"))
                try await adding.send("abcdefghi")
                try await Self.wait { stage.scratchBytes == 9 }
                #expect(try await stage.tus(.delete, path, as: ana).status == 204)
                try await stage.clock.waitForSleepers(2)
                stage.clock.advance(by: .seconds(2))
                #expect(await adding.receiveAll().hasPrefix("HTTP/1.1 410 "))
            }
            #expect(try await stage.keys() == [])
            #expect(stage.scratchFiles == [])
        }
    }

    // MARK: - Aids

    private static func head(_ person: Person, _ path: String, _ fields: String) -> String {
        "PATCH \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(person.accessToken)\r\nTus-Resumable: 1.0.0\r\n"
            + "Content-Type: \(Stage.tusType)\r\n\(fields)\r\n"
    }

    /// Until the server has got so far; what it does with a connection shows in no answer.
    private static func wait(_ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while try await !condition() {
            try expect(ContinuousClock.now < end, "waited 30 s")
            await Task.yield()
        }
    }

    private func withLiveStage(_ body: @Sendable @escaping (Stage) async throws -> Void) async throws {
        try await withStage {
            $0.transport = .live
        } _: {
            try await body($0)
        }
    }
}

extension Stage {
    /// Bytes of all files on their way.
    fileprivate var scratchBytes: Int {
        scratchFiles.reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(scratchPath)/\(name)")
            return sum + (attributes?[.size] as? Int ?? 0)
        }
    }

    fileprivate func lease(of path: String) async throws -> Timestamp? {
        let id = try #require(path.split(separator: "/").last.flatMap { VideoID(String($0)) })
        return try await contest.backends.database.read { try $0.uploadSession(id)?.leaseUntil }
    }
}
