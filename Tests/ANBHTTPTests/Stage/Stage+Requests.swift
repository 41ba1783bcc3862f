import ANBCore
import ANBHTTP
import ANBTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// Someone with an account who is logged in.
struct Person: Sendable {
    let id: UserID
    let email: String
    let accessToken: String
    let refreshToken: String
}

extension Stage {
    static let password = "correct horse 1"

    func send(
        _ method: HTTPRequest.Method, _ path: String, as person: Person? = nil, token: String? = nil,
        type: String? = nil, headers: HTTPFields = [:], body: ByteBuffer? = nil
    ) async throws -> Answer {
        var headers = headers
        if let type { headers[.contentType] = type }
        if let token = token ?? person?.accessToken { headers[.authorization] = "Bearer \(token)" }
        return Answer(try await client.executeRequest(uri: path, method: method, headers: headers, body: body))
    }

    func get(_ path: String, as person: Person? = nil, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.get, path, as: person, headers: headers)
    }

    func post(_ path: String, as person: Person? = nil, json text: String) async throws -> Answer {
        try await send(.post, path, as: person, type: "application/json", body: ByteBuffer(string: text))
    }

    static func signUpJSON(
        email: String, password: String = password, repeated: String? = nil, firstName: String = "Ana", city: String = "Cali"
    ) -> String {
        """
        {"first_name":"\(firstName)","last_name":"Gómez","email":"\(email)","password1":"\(password)",
        "password2":"\(repeated ?? password)","city":"\(city)","country":"Colombia"}
        """
    }

    func signUp(_ email: String, firstName: String = "Ana", city: String = "Cali") async throws -> Person {
        let answer = try await post("/api/auth/signup", json: Self.signUpJSON(email: email, firstName: firstName, city: city))
        #expect(answer.status == 201, "\(answer.text)")
        return try await logIn(email)
    }

    func logIn(_ email: String) async throws -> Person {
        let answer = try await post("/api/auth/login", json: #"{"email":"\#(email)","password":"\#(Self.password)"}"#)
        #expect(answer.status == 200, "\(answer.text)")
        let token = try answer.string("access_token")
        return Person(
            id: try await tokens.verify(token).userID, email: email, accessToken: token,
            refreshToken: try answer.string("refresh_token"))
    }

    // MARK: - Uploads

    func upload(_ form: Form, as person: Person?, headers: HTTPFields = [:]) async throws -> Answer {
        try await send(.post, "/api/videos/upload", as: person, type: form.contentType, headers: headers, body: form.body)
    }

    func uploadedVideo(of person: Person, title: String = "Gol") async throws -> VideoID {
        let answer = try await upload(.video(title: title), as: person)
        #expect(answer.status == 202, "\(answer.text)")
        return try #require(VideoID(try answer.string("video_id")))
    }

    // MARK: - What a worker would do

    /// Publishes a video with objects of a few bytes.
    func publish(_ id: VideoID) async throws {
        let (publication, now) = (try await storedPublication(of: id), clock.now)
        let done = try await contest.backends.database.withTransaction { try $0.publish(id, publication, at: now) }
        await contest.boards.note()
        #expect(done)
    }

    /// Objects of a few bytes.
    func storedPublication(of id: VideoID) async throws -> Video.Publication {
        let folder = ObjectKey.publicationsPrefix(of: id) + "1-abcd/"
        func store(_ name: String) async throws -> ObjectKey {
            let key = try ObjectKey(folder + name)
            try await contest.backends.objects.write(key, .bytes(ByteBuffer(string: "fake \(name)")))
            return key
        }
        return Video.Publication(
            renditions: [
                .init(name: "720p", key: try await store("720p.mp4"), byteCount: 13),
                .init(name: "480p", key: try await store("480p.mp4"), byteCount: 13),
            ],
            thumbnailKey: try await store("thumbnail.jpg"), posterKey: try await store("poster.jpg"),
            durationSeconds: 30.5)
    }

    func publishedVideo(of person: Person, title: String = "Gol") async throws -> VideoID {
        let id = try await uploadedVideo(of: person, title: title)
        try await publish(id)
        return id
    }

    // MARK: - What must not be left

    /// Checks that an upload left no row, no object and no file.
    func expectNothingStored(by person: Person, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let far = Timestamp(milliseconds: .max / 2)
        let (videos, notes, jobs) = try await contest.backends.database.read {
            try ($0.countVideos(ownedBy: person.id), $0.uploads(expiredBefore: far, limit: 10).count, $0.countJobs(in: .ready))
        }
        #expect(videos == 0, "videos", sourceLocation: sourceLocation)
        #expect(notes == 0, "notes of uploads", sourceLocation: sourceLocation)
        #expect(jobs == 0, "jobs", sourceLocation: sourceLocation)
        let objects = try await contest.backends.objects.list(prefix: "", after: nil, limit: 10)
        #expect(objects.isEmpty, sourceLocation: sourceLocation)
        #expect(scratchFiles == [], sourceLocation: sourceLocation)
    }

    var scratchFiles: [String] {
        (FileManager.default.enumerator(atPath: scratchPath)?.allObjects as? [String] ?? []).filter { name in
            var isFolder: ObjCBool = false
            let exists = FileManager.default.fileExists(atPath: "\(scratchPath)/\(name)", isDirectory: &isFolder)
            return exists && !isFolder.boolValue && !name.hasSuffix(".lock")
        }
    }
}
