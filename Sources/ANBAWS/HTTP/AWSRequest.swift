import NIOCore

/// One HTTP request to a service, before it is signed.
package struct AWSRequest: Sendable {
    package var method: String
    package var endpoint: AWSEndpoint
    /// As it goes over the wire: percent-encoded, starts with `/`.
    package var path: String
    /// Not yet encoded.
    package var query: [(name: String, value: String)]
    package var headers: [(name: String, value: String)]
    package var body: AWSBody

    package init(
        _ method: String, _ endpoint: AWSEndpoint, path: String = "/", query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], body: AWSBody = .bytes(ByteBuffer())
    ) {
        self.method = method
        self.endpoint = endpoint
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }

    /// The whole address, the query in the given order.
    package var url: String {
        query.isEmpty ? "\(endpoint)\(path)" : "\(endpoint)\(path)?\(encodedQuery.joined(separator: "&"))"
    }

    var encodedQuery: [String] { query.map { "\($0.name.percentEncoded())=\($0.value.percentEncoded())" } }
}
