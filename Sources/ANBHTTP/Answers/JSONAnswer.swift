import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Makes JSON answers.
enum JSONAnswer {
    /// Property names such as `videoID` go out as `video_id`; keys of dictionaries as they are.
    private static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return encoder
    }()

    static func response(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        let body = ByteBuffer(bytes: try encoder.encode(value))
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// An object with a line for each of its texts, for people.
    static func lines(_ texts: [String: String], status: HTTPResponse.Status) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let body = ByteBuffer(bytes: try encoder.encode(texts))
        return Response(
            status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
    }

    /// For documents of texts and whole numbers, which always encode.
    static func bytes(_ problem: Problem) -> ByteBuffer {
        ByteBuffer(bytes: (try? encoder.encode(problem)) ?? Data("{}".utf8))
    }
}
