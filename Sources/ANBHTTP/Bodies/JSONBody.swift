import ANBCore
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOFoundationCompat

extension BodyReader {
    /// The media type without its parameters, in lower case.
    static func mediaType(_ request: Request) -> String? {
        request.headers[.contentType]?.split(separator: ";").first?.trimming(while: \.isWhitespace).lowercased()
    }

    /// A JSON body, also under the name of a plain text. Fields that `Value` does not know are ignored.
    /// - Parameter rule: What is told when the body is of another type.
    /// - Throws: `invalidRequest` naming the field that is missing or of the wrong type, `tooLarge`.
    func json<Value: Decodable>(
        _ request: Request, as _: Value.Type = Value.self,
        rule: String = "The body must be JSON with Content-Type: application/json."
    ) async throws -> Value {
        let type = Self.mediaType(request) ?? "application/json"
        // What browsers and load testers call a body that nobody named; no cookie makes a form of another site dangerous.
        guard ["application/json", "text/json", "text/plain"].contains(type) || type.hasSuffix("+json") else {
            throw ANBError(.invalidRequest, rule)
        }
        return try Self.decode(await collect(request))
    }

    static func decode<Value: Decodable>(_ body: ByteBuffer, as _: Value.Type = Value.self) throws -> Value {
        do {
            return try JSONDecoder().decode(Value.self, from: Data(buffer: body))
        } catch let error as DecodingError {
            throw ANBError(.invalidRequest, message(for: error), cause: error)
        }
    }

    private static func message(for error: DecodingError) -> String {
        switch error {
        case .keyNotFound(let key, let context): "\(name(context.codingPath + [key])) is missing."
        case .valueNotFound(_, let context): "\(name(context.codingPath)) must not be null."
        case .typeMismatch(let type, let context): "\(name(context.codingPath)) must be \(word(for: type))."
        case .dataCorrupted(let context) where !context.codingPath.isEmpty: "\(name(context.codingPath)) is not valid."
        default: "The body is not valid JSON."
        }
    }

    private static func name(_ path: [any CodingKey]) -> String {
        path.isEmpty ? "The body" : path.map(\.stringValue).joined(separator: ".")
    }

    private static func word(for type: any Any.Type) -> String {
        switch type {
        case is String.Type: "a text"
        case is Bool.Type: "true or false"
        case is any Numeric.Type: "a number"
        case is [String: Any].Type: "an object"
        default: "of another type"
        }
    }
}
