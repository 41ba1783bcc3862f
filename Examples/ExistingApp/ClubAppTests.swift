import ANBCore
import ANBMemoryDatabase
import ANBStorage
import ANBTesting
import Crypto
import Foundation
import HTTPTypes
import HummingbirdTesting
import Logging
import NIOCore
import Testing

@Suite struct ClubAppTests {
    @Test func membersUploadAndStrangersDoNot() async throws {
        try await withClub { club, client in
            let key = club.join("Ana")
            let hello = try await client.executeRequest(uri: "/", method: .get, headers: [.clubKey: key], body: nil)
            #expect(String(buffer: hello.body) == "Hello, Ana!")

            #expect(try await upload(client, key: nil).status == .unauthorized)
            #expect(try await upload(client, key: "another").status == .unauthorized)
            #expect(try await upload(client, key: key).status == .accepted)

            let mine = try await client.executeRequest(uri: "/api/videos", method: .get, headers: [.clubKey: key], body: nil)
            #expect(String(buffer: mine.body).contains("From half court"))
            let others = try await client.executeRequest(
                uri: "/api/videos", method: .get, headers: [.clubKey: club.join("Bob")], body: nil)
            #expect(String(buffer: others.body) == "[]")
        }
    }

    @Test(arguments: ["/api/auth/signup", "/api/auth/login", "/auth/api/v1/login"])
    func thereAreNoOtherAccounts(path: String) async throws {
        try await withClub { _, client in
            let answer = try await client.executeRequest(uri: path, method: .post, headers: [:], body: nil)
            #expect(answer.status == .notFound)
        }
    }

    private func withClub(_ body: @Sendable @escaping (Club, any TestClientProtocol) async throws -> Void) async throws {
        let signer = try LocalURLSigner(secret: SymmetricKey(size: .bits256))
        let contest = Contest(
            Contest.Backends(
                database: MemoryDatabase(), objects: MemoryObjectStore(signer: signer), queue: nil, media: FakeMediaEngine(),
                scratch: try await FileScratchSpace.open(root: NSTemporaryDirectory() + "anb"), hasher: PlainHasher()),
            tokens: RefreshTokenChain(key: SymmetricKey(size: .bits256)), logger: Logger(label: "club"))
        let club = Club()
        try await makeClubApp(club, contest: contest, mediaSigner: signer).test(.router) { try await body(club, $0) }
    }

    private func upload(_ client: any TestClientProtocol, key: String?) async throws -> TestResponse {
        var headers: HTTPFields = [.contentType: "multipart/form-data; boundary=b"]
        headers[.clubKey] = key
        let form = """
            --b\r
            Content-Disposition: form-data; name="title"\r
            \r
            From half court\r
            --b\r
            Content-Disposition: form-data; name="video_file"; filename="a.mp4"\r
            \r
            \(FakeMediaEngine.magic)\r
            --b--\r

            """
        return try await client.executeRequest(
            uri: "/api/videos/upload", method: .post, headers: headers, body: ByteBuffer(string: form))
    }
}
