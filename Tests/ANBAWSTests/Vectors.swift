import ANBAWS
import ANBCore
import Foundation
import Testing

/// A file of known requests and their signatures.
enum Vectors {
    static let credentials = AWSCredentials(
        accessKeyID: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

    static func load<Content: Decodable>(_ name: String, as: Content.Type) throws -> Content {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
        return try JSONDecoder().decode(Content.self, from: Data(contentsOf: folder.appending(path: name)))
    }

    static func time(_ text: String) throws -> Timestamp { Timestamp(try Date(text, strategy: .iso8601)) }
}

/// One request of AWS's own test suite.
struct PublishedVector: Decodable, CustomTestStringConvertible {
    struct File: Decodable { var vectors: [PublishedVector] }

    var name: String
    var normalize: Bool
    var signs_body: Bool
    var token: String?
    var method: String
    var target: String
    var headers: [[String]]
    var body: String
    var header_signature: String
    var query_signature: String

    var testDescription: String { name }

    static var all: [PublishedVector] { (try? Vectors.load("published.json", as: File.self).vectors) ?? [] }
}

/// One request that botocore signed.
struct BotocoreVector: Decodable, CustomTestStringConvertible {
    struct File: Decodable { var cases: [BotocoreVector] }

    var method: String
    var path: String
    var query: [[String]]
    var headers: [[String]]
    var body: String
    var service: String
    var region: String
    var endpoint: String
    var token: String?
    var expires: Int64?
    var expected: String

    var testDescription: String { "\(method) \(path.prefix(40))\(expires == nil ? "" : " presigned")" }

    static var all: [BotocoreVector] { (try? Vectors.load("botocore.json", as: File.self).cases) ?? [] }
}
