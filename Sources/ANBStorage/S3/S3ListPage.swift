import ANBAWS
import Foundation

/// One answer to ListObjectsV2 with `encoding-type=url`.
struct S3ListPage {
    enum Start {
        case after(String?)
        case token(String)

        var query: [(name: String, value: String)] {
            switch self {
            case .after(let name): name.map { [("start-after", $0)] } ?? []
            case .token(let token): [("continuation-token", token)]
            }
        }
    }

    struct Object {
        var name: String
        var byteCount: Int64
        var modified: String
    }

    private struct Strange: Error {}

    var objects: [Object]
    /// `nil` on the last page.
    var nextToken: String?

    init(_ document: MarkupElement) throws {
        guard document.name == "ListBucketResult" else { throw Strange() }
        let isEncoded = document.text("EncodingType") == "url"
        objects = try document.all("Contents").map { try Self.object($0, isEncoded: isEncoded) }
        nextToken = document.text("IsTruncated") == "true" ? document.text("NextContinuationToken") : nil
    }

    private static func object(_ element: MarkupElement, isEncoded: Bool) throws -> Object {
        guard let key = element.text("Key"), let size = element.text("Size").flatMap(Int64.init),
            let modified = element.text("LastModified"),
            // Spaces come as plus signs.
            let name = isEncoded ? key.replacing("+", with: " ").removingPercentEncoding : key
        else { throw Strange() }
        return Object(name: name, byteCount: size, modified: modified)
    }
}
