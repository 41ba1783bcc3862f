/// The one text form of a request that both sides compute and sign.
struct CanonicalRequest {
    enum PathRule {
        /// S3: a key may well hold `//` or `..`.
        case verbatim
        /// Every other service: dot and empty segments are resolved, then the path is encoded once more.
        case normalized
    }

    let text: String
    let signedHeaders: String

    /// - Parameter headers: Those to sign; `host` is added.
    init(_ request: AWSRequest, headers: [(name: String, value: String)], payload: String, pathRule: PathRule) {
        let lines = Self.headerLines(headers + [("host", request.endpoint.authority)])
        signedHeaders = lines.map(\.name).joined(separator: ";")
        text = """
            \(request.method)
            \(Self.path(request.path, pathRule))
            \(Self.query(request.query))
            \(lines.map { "\($0.name):\($0.value)\n" }.joined())
            \(signedHeaders)
            \(payload)
            """
    }

    /// By encoded name, then by encoded value.
    private static func query(_ items: [(name: String, value: String)]) -> String {
        items.map { ($0.name.percentEncoded(), $0.value.percentEncoded()) }
            .sorted { $0 < $1 }
            .map { "\($0.0)=\($0.1)" }
            .joined(separator: "&")
    }

    /// Lowercase names in order, repeated ones joined by commas, white space reduced to single spaces.
    private static func headerLines(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        var values: [String: [String]] = [:]
        for header in headers {
            let value = header.value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            values[header.name.lowercased(), default: []].append(value)
        }
        return values.sorted { $0.key < $1.key }.map { ($0.key, $0.value.joined(separator: ",")) }
    }

    private static func path(_ path: String, _ rule: PathRule) -> String {
        switch rule {
        case .verbatim: path
        case .normalized: normalized(path).percentEncoded(keepsSlashes: true)
        }
    }

    private static func normalized(_ path: String) -> String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") where segment != "." {
            if segment == ".." { _ = segments.popLast() } else { segments.append(segment) }
        }
        let end = path.hasSuffix("/") && !segments.isEmpty ? "/" : ""
        return "/" + segments.joined(separator: "/") + end
    }
}
