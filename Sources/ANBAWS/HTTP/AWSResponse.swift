package import NIOCore
package import NIOHTTP1

/// A complete answer.
package struct AWSResponse: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: ByteBuffer

    package func header(_ name: String) -> String? { headers.first(name: name) }
}
