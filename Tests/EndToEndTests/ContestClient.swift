import ANBTesting
import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1

/// One person at the API, with real requests over a real socket.
struct ContestClient: Sendable {
    var baseURL: String
    var token = ""

    struct Accepted: Decodable, Hashable {
        let video_id: String
        let task_id: String
    }

    struct Listed: Decodable {
        let video_id: String
        let title: String
        let status: String
    }

    private struct Login: Decodable {
        let access_token: String
    }

    /// Makes an account and logs in.
    mutating func signUp(_ name: String) async throws {
        let email = "\(name)@example.com"
        let form = [
            "first_name": name, "last_name": "Player", "email": email, "password1": "a-Long-passw0rd",
            "password2": "a-Long-passw0rd", "city": "Bogotá", "country": "Colombia",
        ]
        _ = try await send("POST", "/api/auth/signup", json: form, expecting: 201)
        let answer = try await send(
            "POST", "/api/auth/login", json: ["email": email, "password": "a-Long-passw0rd"], expecting: 200)
        token = try JSONDecoder().decode(Login.self, from: answer).access_token
    }

    /// Announces an upload in parts.
    /// - Returns: Its id.
    func beginUpload(byteCount: Int, title: String) async throws -> String {
        struct Announcement: Encodable {
            let title: String
            let byte_count: Int
            let content_type = "video/mp4"
        }
        struct Begun: Decodable { let upload_id: String }
        var request = request("POST", "/api/videos/uploads")
        request.headers.add(name: "Content-Type", value: "application/json")
        let body = try JSONEncoder().encode(Announcement(title: title, byte_count: byteCount))
        request.body = .bytes(ByteBuffer(data: body))
        return try JSONDecoder().decode(Begun.self, from: try await send(request, expecting: 201)).upload_id
    }

    /// Uploads a clip; anything but 202 throws.
    func upload(
        _ clip: Data, title: String, idempotencyKey: String, correlationID: String? = nil
    ) async throws -> Accepted {
        let boundary = "----anb\(UUID().uuidString)"
        var body = Data()
        body.append(Data("--\(boundary)\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\n\(title)\r\n".utf8))
        body.append(
            Data("--\(boundary)\r\nContent-Disposition: form-data; name=\"video_file\"; filename=\"clip.mp4\"\r\n\r\n".utf8))
        body.append(clip)
        body.append(Data("\r\n--\(boundary)--\r\n".utf8))
        var request = request("POST", "/api/videos/upload")
        request.headers.add(name: "Content-Type", value: "multipart/form-data; boundary=\(boundary)")
        request.headers.add(name: "Idempotency-Key", value: idempotencyKey)
        if let correlationID { request.headers.add(name: "x-correlation-id", value: correlationID) }
        request.body = .bytes(ByteBuffer(data: body))
        return try JSONDecoder().decode(Accepted.self, from: try await send(request, expecting: 202))
    }

    func videos() async throws -> [Listed] {
        let answer = try await send("GET", "/api/videos?limit=100", expecting: 200)
        return try JSONDecoder().decode([Listed].self, from: answer)
    }

    func send(_ method: String, _ path: String, json: [String: String]? = nil, expecting status: UInt) async throws -> Data {
        var request = request(method, path)
        if let json {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(ByteBuffer(data: try JSONEncoder().encode(json)))
        }
        return try await send(request, expecting: status)
    }

    private func request(_ method: String, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: baseURL + path)
        request.method = HTTPMethod(rawValue: method)
        if !token.isEmpty { request.headers.add(name: "Authorization", value: "Bearer \(token)") }
        return request
    }

    private func send(_ request: HTTPClientRequest, expecting status: UInt) async throws -> Data {
        let answer = try await HTTPClient.shared.execute(request, timeout: .seconds(30))
        let body = Data(buffer: try await answer.body.collect(upTo: 4 << 20))
        guard answer.status.code == status else {
            throw ConformanceFailure(
                "\(request.method) \(request.url): \(answer.status.code), \(String(decoding: body, as: UTF8.self))")
        }
        return body
    }
}
