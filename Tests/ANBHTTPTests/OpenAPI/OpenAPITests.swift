import ANBCore
import Foundation
import HTTPTypes
import Testing

@testable import ANBHTTP

@Suite struct OpenAPITests {
    @Test func everyRouteIsDocumentedOrKnownNotToBe() async throws {
        try await withStage { stage in
            let page = PageRoutes.addresses + ["/videos/:id", "/videos/:id/poster.jpg", "/assets/:version/:name"]
            // Two more ways to ask what is documented.
            let tus = ["/api/videos/uploads/:id"]
            let hidden = stage.routes.all.filter { $0.operation == nil }.map(\.path)
            for path in hidden {
                let isKnown =
                    path.hasPrefix("/auth/") || (page + tus).contains(path)
                    || ["/api/health", "/media/**", "/openapi.json", "/docs", "/.well-known/jwks.json"].contains(path)
                #expect(isKnown, "\(path) is in no document")
            }
            let ids = stage.routes.all.compactMap { $0.operation?.id }
            #expect(ids.count > 20 && Set(ids).count == ids.count)
        }
    }

    @Test func everyRouteThatNeedsATokenRefusesWithoutOne() async throws {
        try await withStage { stage in
            for route in stage.routes.all where route.access.needsToken {
                let path = route.path.replacing(":id", with: UUID().uuidString.lowercased())
                for token in [nil, "x"] {
                    let answer = try await stage.send(route.method, path, token: token)
                    // An answer to HEAD has no body.
                    if route.method == .head {
                        #expect(answer.status == 401)
                    } else {
                        try answer.problem(401, code: "unauthenticated")
                    }
                }
            }
        }
    }

    /// What the document says of an answer is what the encoder writes.
    @Test func shapesAreWhatIsSent() throws {
        func check<Value: Documented>(_: Value.Type) throws {
            let sent = try JSONSerialization.jsonObject(with: Data(JSONAnswer.text(Value.example).utf8)) as? NSObject
            let shape = try Shape(of: Value.example, rename: JSONAnswer.wireName)
            let documented = try JSONSerialization.jsonObject(with: JSONEncoder().encode(shape.example)) as? NSObject
            #expect(sent == documented, "\(Value.self)")
            let schema = try JSONSerialization.jsonObject(with: JSONEncoder().encode(shape.schema)) as? [String: Any]
            let properties = try #require(schema?["properties"] as? [String: Any])
            #expect(Set(properties.keys) == Set((sent as? [String: Any] ?? [:]).keys), "\(Value.self)")
        }
        try check(SignUpAnswer.self)
        try check(AccountAnswer.self)
        try check(TokenAnswer.self)
        try check(VideoListAnswer.self)
        try check(VideoDetailAnswer.self)
        try check(PublicVideoAnswer.self)
        try check(UploadAnswer.self)
        try check(UploadSessionAnswer.self)
        try check(TaskAnswer.self)
        try check(VoteAnswer.self)
        try check(RankingAnswer.self)
        try check(CityAnswer.self)
        try check(Problem.self)
    }

    @Test func optionalPropertiesAreNotRequired() throws {
        let schema = try Shape(of: TaskAnswer.example, rename: JSONAnswer.wireName).schema
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(schema)) as? [String: Any]
        let required = Set(object?["required"] as? [String] ?? [])
        #expect(required == ["task_id", "video_id", "status", "stage", "progress", "attempt"])
        let stage = (object?["properties"] as? [String: [String: Any]])?["stage"]
        #expect((stage?["enum"] as? [String])?.contains("transcoding") == true)
    }

    @Test func theDocumentNamesEveryRefusal() async throws {
        try await withStage { stage in
            let document = try await stage.get("/openapi.json").object
            let paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
            let vote = try #require(paths["/api/public/videos/{id}/vote"]?["post"])
            let responses = try #require(vote["responses"] as? [String: Any])
            #expect(Set(responses.keys) == ["200", "400", "401", "404", "409", "422", "429", "500", "503"])
            #expect(vote["security"] != nil)
            let upload = try #require(paths["/api/videos/upload"]?["post"]?["requestBody"] as? [String: Any])
            #expect((upload["content"] as? [String: Any])?["multipart/form-data"] != nil)
            #expect(document["openapi"] as? String == "3.1.0")
        }
    }

    /// `anb-api openapi --collection > collections/contest.postman_collection.json` brings it up to date.
    @Test func theCollectionInTheDocumentsIsThatOfTheRoutes() async throws {
        try await withStage { stage in
            let made = String(decoding: try stage.routes.requestCollection(), as: UTF8.self)
            let kept = try String(
                contentsOf: Self.collections.appending(path: "contest.postman_collection.json"), encoding: .utf8)
            #expect(kept == made + "\n", "the collection is of another time")
            for route in stage.routes.all {
                if let operation = route.operation { #expect(made.contains("\"name\" : \"\(operation.id)\"")) }
            }
        }
    }

    /// An environment hides the collection's variables: one that names the token would hide what logging in sets.
    @Test func theEnvironmentNamesTheServerAndNothingElse() async throws {
        struct Environment: Decodable {
            struct Value: Decodable {
                var key: String
            }
            var values: [Value]
        }
        let kept = try Data(contentsOf: Self.collections.appending(path: "local.postman_environment.json"))
        #expect(try JSONDecoder().decode(Environment.self, from: kept).values.map(\.key) == ["baseUrl"])
    }

    private static var collections: URL {
        URL(filePath: #filePath).appending(path: "../../../../collections").standardizedFileURL
    }

    @Test func theDocumentIsCachedByTag() async throws {
        try await withStage { stage in
            let first = try await stage.get("/openapi.json")
            let tag = try #require(first["etag"])
            let second = try await stage.get("/openapi.json", headers: [.ifNoneMatch: tag])
            #expect(second.status == 304 && second.text.isEmpty)
        }
    }

    @Test func everyCurlLineRunsInAShell() async throws {
        try await withStage { stage in
            let page = try await stage.get("/docs")
            let examples = page.text.components(separatedBy: "<h2>")[0]
            #expect(examples.contains("ANB=") && examples.contains("TOKEN="))
            for route in stage.routes.all {
                guard let operation = route.operation else { continue }
                let line = DocumentPage.curl(route)
                let url = try #require(line.firstMatch(of: /"(\$ANB[^"]*)"$/), "\(line)").output.1
                #expect(!url.contains { "{}:".contains($0) }, "\(line)")
                #expect(line.contains("$TOKEN") == route.access.needsToken, "\(line)")
                #expect(line.contains("-X HEAD") == false && line.contains("-I ") == (route.method == .head), "\(line)")
                let entry = try #require(page.text.components(separatedBy: "<details id=\"\(operation.id)\">").dropFirst().first)
                let summary = try #require(entry.components(separatedBy: "</summary>").first)
                #expect(summary.contains("🔒") == route.access.needsToken, "\(line)")
            }
        }
    }

    @Test func theLineThatAddsBytesIsTus() async throws {
        try await withStage { stage in
            let route = try #require(stage.routes.all.first { $0.operation?.id == "addToUpload" })
            #expect(
                DocumentPage.curl(route) == """
                    curl -X PATCH -H "Authorization: Bearer $TOKEN" -H 'Tus-Resumable: 1.0.0' -H 'Upload-Offset: 0' \
                    -H 'Content-Type: application/offset+octet-stream' --data-binary @part "$ANB/api/videos/uploads/$UPLOAD"
                    """)
        }
    }

    /// A schema needs every property, an example only those that go together.
    @Test func examplesDoNotContradictThemselves() async throws {
        try await withStage { stage in
            let video = try #require(stage.routes.all.first { $0.operation?.id == "showMyVideo" }?.success)
            guard case .object(let example) = video.shape.example, case .object(let schema) = video.shape.schema,
                case .object(let properties) = schema["properties"]
            else { throw Mismatch() }
            #expect(example["error"] == nil && example["failure_code"] == nil && example["processed_at"] != nil)
            #expect(properties["error"] != nil && properties["failure_code"] != nil)
        }
    }

    private struct Mismatch: Error {}

    @Test func thePageForPeopleHasNoScript() async throws {
        try await withStage { stage in
            let page = try await stage.get("/docs")
            #expect(page["content-type"] == "text/html; charset=utf-8")
            #expect(page["content-security-policy"]?.hasPrefix("default-src 'none'; style-src 'sha256-") == true)
            #expect(!page.text.contains("<script"))
            for route in stage.routes.all { if let id = route.operation?.id { #expect(page.text.contains("id=\"\(id)\"")) } }
        }
    }
}
