import ANBCore
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// A page of ranking or lists as it goes out: encoded once, sent many times.
struct BoardPage: Sendable {
    let headers: HTTPFields
    let body: ByteBuffer

    /// - Parameters:
    ///   - content: What makes two pages the same to a client; the body unless told.
    ///   - headers: Beside type, tag and caching.
    init(_ value: some Encodable, content: String? = nil, headers: HTTPFields) throws {
        body = try JSONAnswer.bytes(of: value)
        var hash = SHA256()
        if let content { hash.update(data: Data(content.utf8)) } else { hash.update(data: body.readableBytesView) }
        for field in headers { hash.update(data: Data(field.value.utf8)) }
        // Clients keep it and ask again each time, so that nobody sees an old board.
        self.headers =
            headers + [
                .contentType: "application/json", .cacheControl: "no-cache",
                .eTag: "\"\(hash.finalize().lowercaseHex.prefix(24))\"",
            ]
    }

    /// About what keeping it costs.
    var byteCount: Int { body.readableBytes + 512 }

    func response(to request: Request) -> Response { .tagged(headers, body, to: request) }
}
