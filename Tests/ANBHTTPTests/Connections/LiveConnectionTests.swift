import ANBCore
import ANBTesting
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import ANBHTTP

/// What only real sockets show.
@Suite(.timeLimit(.minutes(2))) struct LiveConnectionTests {
    private static let megabyte = 1 << 20

    @Test(arguments: ["", "Expect: 100-continue\r\n"])
    func aDeclaredSizeAboveTheLimitIsRefusedUnread(expectation: String) async throws {
        try await withLiveStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            try await RawConnection.with(port: stage.client.port) { connection in
                try await connection.send(Self.head(ana, "Content-Length: \(101 * Self.megabyte)\r\n\(expectation)"))
                let answer = await connection.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 413 "))
                #expect(answer.lowercased().contains("connection: close"))
                #expect(answer.contains("\"code\":\"too_large\""))
            }
            try await stage.expectNothingStored(by: ana)
        }
    }

    @Test func aSenderWhoDoesNotStopIsCut() async throws {
        try await withLiveStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            try await RawConnection.with(port: stage.client.port) { connection in
                try await connection.send(Self.head(ana, "Content-Length: \(2000 * Self.megabyte)\r\n"))
                let sent = await connection.sendUntilCut(ByteBuffer(repeating: 0x78, count: 1 << 16), limit: 500 * Self.megabyte)
                #expect(sent < 64 * Self.megabyte)
            }
            try await stage.expectNothingStored(by: ana)
        }
    }

    @Test(arguments: [1, 100]) func anUndeclaredSizeAboveTheLimitIsCutWhileReading(megabytes: Int) async throws {
        try await withLiveStage {
            $0.rules.limits.uploadBytesMax = Int64(megabytes * Self.megabyte)
        } _: { stage in
            let ana = try await stage.signUp("ana@example.com")
            try await RawConnection.with(port: stage.client.port) { connection in
                try await connection.send(Self.head(ana, "Transfer-Encoding: chunked\r\n"))
                try await connection.send(Self.chunk(Self.formStart))
                let piece = ByteBuffer(string: Self.chunk(String(repeating: "x", count: 1 << 16)))
                for _ in 0..<(megabytes * 16 + 16) { try await connection.send(piece) }
                let answer = await connection.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer.prefix(200))")
                #expect(answer.contains("at most \(megabytes) MB"))
            }
            try await stage.expectNothingStored(by: ana)
        }
    }

    @Test func anUndeclaredSizeWithoutEndIsCut() async throws {
        try await withLiveStage {
            $0.rules.limits.uploadBytesMax = 1 << 20
        } _: { stage in
            let ana = try await stage.signUp("ana@example.com")
            try await RawConnection.with(port: stage.client.port) { connection in
                try await connection.send(Self.head(ana, "Transfer-Encoding: chunked\r\n"))
                try await connection.send(Self.chunk(Self.formStart))
                let piece = ByteBuffer(string: Self.chunk(String(repeating: "x", count: 1 << 16)))
                let sent = await connection.sendUntilCut(piece, limit: 500 * Self.megabyte)
                #expect(sent < 64 * Self.megabyte)
            }
            try await stage.expectNothingStored(by: ana)
        }
    }

    @Test func aBodyThatEndsInTheMiddleIsRefused() async throws {
        try await withLiveStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            try await RawConnection.with(port: stage.client.port) { connection in
                try await connection.send(Self.head(ana, "Content-Length: 1000000\r\n") + Self.formStart + Form.clip)
                connection.endSending()
                let answer = await connection.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
                #expect(answer.contains("ended early"))
            }
            try await stage.expectNothingStored(by: ana)
        }
    }

    @Test(arguments: Backing.allCases) func aClientThatVanishesLeavesNothing(backing: Backing) async throws {
        let box = PersonBox()
        try await withLiveStage(backing) {
            $0.afterwards = { stage in try await stage.expectNothingStored(by: try #require(await box.person)) }
        } _: { stage in
            let ana = try await stage.signUp("ana@example.com")
            await box.set(ana)
            try await RawConnection.with(port: stage.client.port) { connection in
                try await connection.send(Self.head(ana, "Content-Length: 1000000\r\n") + Self.formStart + Form.clip)
            }
        }
    }

    @Test func anInvitedUploadGoesThrough() async throws {
        try await withLiveStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            let body = Form.video().body
            try await RawConnection.with(port: stage.client.port) { connection in
                try await connection.send(
                    Self.head(ana, "Content-Length: \(body.readableBytes)\r\nExpect: 100-continue\r\n"))
                let invitation = try await connection.receive(upTo: "\r\n\r\n")
                #expect(invitation == "HTTP/1.1 100 Continue\r\n\r\n")
                try await connection.send(body)
                let head = try await connection.receive(upTo: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 202 "))
                _ = try await connection.receive(upTo: "}")
                // The connection lives on.
                try await connection.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await connection.receive(upTo: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
            }
        }
    }

    @Test func aRefusalOfASmallBodyKeepsTheConnection() async throws {
        try await withLiveStage { stage in
            try await RawConnection.with(port: stage.client.port) { connection in
                for _ in 0..<3 {
                    try await connection.send("POST /api/auth/logout HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody")
                    #expect(try await connection.receive(upTo: "\r\n\r\n").hasPrefix("HTTP/1.1 401 "))
                    _ = try await connection.receive(upTo: "}")
                }
            }
        }
    }

    @Test func anUndeclaredJSONBodyHasItsLimitToo() async throws {
        try await withLiveStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            try await RawConnection.with(port: stage.client.port) { connection in
                let type = "application/json"
                try await connection.send(
                    Self.head(ana, "Transfer-Encoding: chunked\r\n", path: "/api/auth/login", type: type))
                for _ in 0..<16 { try await connection.send(Self.chunk(String(repeating: " ", count: 1 << 16))) }
                let answer = await connection.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.1 413 "), "\(answer)")
            }
        }
    }

    @Test func anEndlessBodyForNobodyIsCut() async throws {
        try await withLiveStage { stage in
            try await RawConnection.with(port: stage.client.port) { connection in
                try await connection.send("POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999999\r\n\r\n")
                let sent = await connection.sendUntilCut(ByteBuffer(repeating: 0x78, count: 1 << 16), limit: 500 * Self.megabyte)
                #expect(sent < 64 * Self.megabyte)
            }
        }
    }

    /// The clock stands still but for what the test does, so the wait for the dripping client is instant.
    @Test(arguments: ["/api/videos/upload", "/api/auth/login"]) func aBodyThatStallsIsGivenUp(path: String) async throws {
        try await withLiveStage { stage in
            let ana = try await stage.signUp("ana@example.com")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !Task.isCancelled {
                        try await stage.clock.waitForSleepers(1)
                        stage.clock.advance(by: .seconds(1))
                    }
                }
                try await RawConnection.with(port: stage.client.port) { connection in
                    let type = path.hasSuffix("login") ? "application/json" : Form.video().contentType
                    let start = path.hasSuffix("login") ? "{" : Self.formStart
                    try await connection.send(Self.head(ana, "Content-Length: 10000\r\n", path: path, type: type) + start)
                    let answer = await connection.receiveAll()
                    #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
                }
                group.cancelAll()
                try? await group.waitForAll()
            }
            try await stage.expectNothingStored(by: ana)
        }
    }

    @Test func headersAboveTheLimitAreRefused() async throws {
        try await withLiveStage { stage in
            for headers in [
                "X: \(String(repeating: "x", count: 40_000))\r\n",
                (0..<200).map { "X-\($0): x\r\n" }.joined(),
            ] {
                try await RawConnection.with(port: stage.client.port) { connection in
                    try await connection.send("GET /health HTTP/1.1\r\nHost: a\r\n\(headers)\r\n")
                    let answer = await connection.receiveAll()
                    Self.expectProblem(answer, 431)
                }
            }
            #expect(try await stage.get("/health").status == 200)
        }
    }

    @Test(arguments: [
        ("GARBAGE\r\n\r\n", "valid HTTP"), ("GET / HTTP/9.9\r\n\r\n", "valid HTTP"),
        ("POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n", "valid HTTP"), ("\u{0}\u{1}\u{2}\r\n\r\n", "valid HTTP"),
        // As from curl 'http://host/?city=Bogotá'.
        ("GET /?city=Bogotá HTTP/1.1\r\nHost: a\r\n\r\n", "percent-encoded"),
    ]) func whatIsNoHTTPEndsTheConnection(text: String, word: String) async throws {
        try await withLiveStage { stage in
            try await RawConnection.with(port: stage.client.port) { connection in
                try await connection.send(text)
                connection.endSending()
                let answer = await connection.receiveAll()
                Self.expectProblem(answer, 400)
                #expect(answer.contains(word), "\(answer)")
            }
            #expect(try await stage.get("/health").status == 200)
        }
    }

    /// As every other problem: a document, and an id that is in the log too.
    private static func expectProblem(_ answer: String, _ status: Int) {
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
        let id = answer.lowercased().firstMatch(of: /x-correlation-id: [0-9a-f-]{36}\r\n/)
        #expect(id != nil, "\(answer)")
        #expect(answer.lowercased().contains("content-type: application/problem+json"))
        #expect(answer.contains("\"code\":\"invalid_request\""))
        #expect(answer.hasSuffix("}"))
    }

    @Test(arguments: ["/health", "/nowhere", "/api/videos"]) func anOldClientIsAnsweredInItsVersionAndLetGo(_ path: String)
        async throws
    {
        try await withLiveStage { stage in
            try await RawConnection.with(port: stage.client.port) { connection in
                try await connection.send("GET \(path) HTTP/1.0\r\n\r\n")
                // Returns when the server ends the connection.
                let answer = await connection.receiveAll()
                #expect(answer.hasPrefix("HTTP/1.0 "), "\(answer)")
                #expect(answer.lowercased().contains("connection: close"))
                #expect(!answer.lowercased().contains("chunked"))
                #expect(answer.hasSuffix("}"))
            }
        }
    }

    @Test func anOldClientMayKeepItsConnection() async throws {
        try await withLiveStage { stage in
            try await RawConnection.with(port: stage.client.port) { connection in
                for _ in 0..<2 {
                    try await connection.send("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    let head = try await connection.receive(upTo: "\r\n\r\n")
                    #expect(head.hasPrefix("HTTP/1.0 200 "))
                    #expect(head.lowercased().contains("connection: keep-alive"))
                    _ = try await connection.receive(upTo: "}")
                }
            }
        }
    }

    @Test func aConnectionIsKeptForAsLongAsItIsSaid() async throws {
        try await withLiveStage {
            $0.http.limits.keptSecondsMax = 1
        } _: { stage in
            try await RawConnection.with(port: stage.client.port) { connection in
                let opened = ContinuousClock.now
                try await connection.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await connection.receive(upTo: "}")
                #expect(await connection.receiveAll().isEmpty)
                let life = ContinuousClock.now - opened
                // Other limits are half a minute.
                #expect(life >= .seconds(1) && life < .seconds(20), "\(life)")
            }
        }
    }

    @Test func anUploadAndAnObjectGoOverRealSockets() async throws {
        try await withLiveStage(.disk) { stage in
            let ana = try await stage.signUp("ana@example.com")
            let clip = Form.clip + String(repeating: "0123456789", count: 300_000)
            let upload = try await stage.upload(.video(content: clip), as: ana)
            #expect(upload.status == 202)
            let url = try await stage.get("/api/videos/\(upload.string("video_id"))", as: ana).string("original_url")
            let path = url.replacing(/^https?:\/\/[^\/]+/, with: "")
            #expect(try await stage.get(path).text == clip)
            let part = try await stage.get(path, headers: [.range: "bytes=-10"])
            #expect(part.status == 206)
            #expect(part.text == "0123456789")
        }
    }

    // MARK: - Requests as text

    private static let formStart =
        "--\(Form.boundary)\r\nContent-Disposition: form-data; name=\"video_file\"; filename=\"a.mp4\"\r\n\r\n"

    private static func head(
        _ person: Person, _ headers: String, path: String = "/api/videos/upload", type: String = Form.video().contentType
    ) -> String {
        "POST \(path) HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer \(person.accessToken)\r\n"
            + "Content-Type: \(type)\r\n\(headers)\r\n"
    }

    private static func chunk(_ text: String) -> String { "\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n" }

    private func withLiveStage(
        _ backing: Backing = .memory, _ change: (inout StageSettings) -> Void = { _ in },
        _ body: @Sendable @escaping (Stage) async throws -> Void
    ) async throws {
        try await withStage(backing) { settings in
            settings.transport = .live
            change(&settings)
        } _: {
            try await body($0)
        }
    }

    private actor PersonBox {
        var person: Person?
        func set(_ person: Person) { self.person = person }
    }
}
