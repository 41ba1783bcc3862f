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

    /// A property's name as ``encoder`` writes it, asked of the encoder itself.
    static func wireName(_ property: String) -> String {
        guard let json = try? encoder.encode(OneProperty(key: .init(stringValue: property))),
            let name = try? JSONDecoder().decode([String: Int].self, from: json).keys.first
        else { return property }
        return name
    }

    static func response(
        _ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: try bytes(of: value)))
    }

    static func bytes(of value: some Encodable) throws -> ByteBuffer { ByteBuffer(bytes: try encoder.encode(value)) }

    /// On one line; for values that always encode.
    static func text(_ value: some Encodable) -> String {
        (try? encoder.encode(value)).flatMap { String(validating: $0, as: UTF8.self) } ?? "{}"
    }

    /// An object with a line for each of its texts, for people.
    static func lines(_ texts: [String: String], status: HTTPResponse.Status) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let body = ByteBuffer(bytes: try encoder.encode(texts))
        return Response(
            status: status, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: body))
    }

    private struct OneProperty: Encodable {
        struct Key: CodingKey {
            let stringValue: String
            var intValue: Int? { nil }
            init(stringValue: String) { self.stringValue = stringValue }
            init?(intValue _: Int) { nil }
        }

        let key: Key

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(0, forKey: key)
        }
    }

    /// For documents of texts and whole numbers, which always encode.
    static func bytes(_ problem: Problem) -> ByteBuffer {
        ByteBuffer(bytes: (try? encoder.encode(problem)) ?? Data("{}".utf8))
    }
}
