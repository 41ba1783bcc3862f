import ANBCore
import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import NIOFoundationCompat

/// `/openapi.json` for programs and `/docs` for people, both from the same routes.
struct DocumentRoutes: Sendable {
    let all: [Route]

    init(_ routes: [Route], publicBaseURL: String?) {
        let document = OpenAPIDocument(routes, publicBaseURL: publicBaseURL)
        let page = DocumentPage(document)
        all = [
            Route(.get, "/openapi.json") { call in
                try Self.answer(call, type: "application/json", document.json())
            },
            Route(.get, "/docs") { call in
                var response = try Self.answer(call, type: "text/html; charset=utf-8", Data(page.html.utf8))
                response.headers[.contentSecurityPolicy] =
                    "default-src 'none'; style-src '\(page.styleHash)'; base-uri 'none'; frame-ancestors 'none'"
                return response
            },
        ]
    }

    private static func answer(_ call: Call, type: String, _ content: Data) throws -> Response {
        let tag = "\"\(SHA256.hash(data: content).lowercaseHex.prefix(16))\""
        let headers: HTTPFields = [.contentType: type, .eTag: tag, .cacheControl: "no-cache"]
        return .tagged(headers, ByteBuffer(data: content), to: call.request)
    }
}
