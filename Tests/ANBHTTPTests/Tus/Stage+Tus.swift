import ANBCore
import ANBTesting
import Foundation
import HTTPTypes
import NIOCore
import Testing

/// tus as a client speaks it.
extension Stage {
    static let tusPath = "/api/videos/uploads"
    static let tusType = "application/offset+octet-stream"

    func tus(
        _ method: HTTPRequest.Method, _ path: String, as person: Person?, _ fields: [String: String] = [:], body: String? = nil
    ) async throws -> Answer {
        var headers: HTTPFields = [:]
        for (name, value) in ["Tus-Resumable": "1.0.0"].merging(fields, uniquingKeysWith: { $1 }) {
            headers[try #require(HTTPField.Name(name))] = value
        }
        return try await send(method, path, as: person, headers: headers, body: body.map(ByteBuffer.init(string:)))
    }

    static func metadata(_ values: [String: String]) -> String {
        values.map { "\($0) \(Data($1.utf8).base64EncodedString())" }.joined(separator: ",")
    }

    /// Begins an upload.
    /// - Returns: Its path.
    func begin(_ byteCount: Int, as person: Person, title: String = "Gol") async throws -> String {
        let fields = ["Upload-Length": "\(byteCount)", "Upload-Metadata": Self.metadata(["title": title])]
        let answer = try await tus(.post, Self.tusPath, as: person, fields)
        #expect(answer.status == 201, "\(answer.text)")
        return try #require(answer["location"])
    }

    func add(_ text: String, at offset: Int, to path: String, as person: Person, checksum: String? = nil) async throws -> Answer {
        var fields = ["Upload-Offset": "\(offset)", "Content-Type": Self.tusType]
        if let checksum { fields["Upload-Checksum"] = checksum }
        return try await tus(.patch, path, as: person, fields, body: text)
    }

    func offset(of path: String, as person: Person) async throws -> String? {
        try await tus(.head, path, as: person)["upload-offset"]
    }

    func keys() async throws -> [String] {
        try await contest.backends.objects.list(prefix: "", after: nil, limit: 1000).map(\.key.description)
    }
}
