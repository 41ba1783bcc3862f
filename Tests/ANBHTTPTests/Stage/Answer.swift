import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

/// An HTTP answer as tests look at it.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: ByteBuffer

    init(_ response: TestResponse) {
        status = response.status.code
        headers = response.headers
        body = response.body
    }

    var text: String { String(buffer: body) }

    /// The body as a JSON object.
    var object: [String: Any] {
        get throws {
            try #require(try JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Any], "\(text)")
        }
    }

    /// The body as a JSON array of objects.
    var list: [[String: Any]] {
        get throws {
            try #require(try JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [[String: Any]], "\(text)")
        }
    }

    func string(_ key: String) throws -> String { try #require(try object[key] as? String, "\(key) of \(text)") }

    func integer(_ key: String) throws -> Int { try #require(try object[key] as? Int, "\(key) of \(text)") }

    subscript(header: String) -> String? { HTTPField.Name(header).flatMap { headers[$0] } }

    /// Checks that this is a problem document of the status, and answers its detail.
    @discardableResult
    func problem(_ status: Int, code: String? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        #expect(self.status == status, "\(text)", sourceLocation: sourceLocation)
        #expect(self["content-type"] == "application/problem+json", sourceLocation: sourceLocation)
        let object = try object
        #expect(object["status"] as? Int == status, sourceLocation: sourceLocation)
        #expect(object["type"] as? String == "about:blank", sourceLocation: sourceLocation)
        #expect((object["title"] as? String)?.isEmpty == false, sourceLocation: sourceLocation)
        if let code { #expect(object["code"] as? String == code, sourceLocation: sourceLocation) }
        #expect((object["code"] as? String)?.isEmpty == false, sourceLocation: sourceLocation)
        #expect(self["x-correlation-id"]?.isEmpty == false, sourceLocation: sourceLocation)
        let detail = object["detail"] as? String ?? ""
        #expect(!detail.isEmpty, sourceLocation: sourceLocation)
        return detail
    }
}
