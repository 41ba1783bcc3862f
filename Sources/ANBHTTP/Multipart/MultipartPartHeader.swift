import ANBCore

/// What the header of one part says.
struct MultipartPartHeader: Hashable, Sendable {
    /// The field's name.
    let name: String
    /// The client's name for the file; only ever shown, never used as a path.
    let filename: String?
    /// The media type the client claims, in lower case.
    let contentType: String?

    /// - Parameter text: Header lines, each preceded by CRLF.
    /// - Throws: ``ANBError/Code/invalidRequest`` when a line is no header or the name is missing.
    init(_ text: String) throws {
        var disposition: HeaderValue?
        var contentType: String?
        for line in text.split(separator: "\r\n") {
            guard let colon = line.firstIndex(of: ":"), line.first?.isWhitespace == false else {
                throw MultipartParser.malformed("a part has a broken header line")
            }
            let value = line[line.index(after: colon)...]
            switch line[..<colon].lowercased() {
            case "content-disposition": disposition = HeaderValue(value)
            case "content-type": contentType = HeaderValue(value)?.value
            default: break
            }
        }
        guard let disposition, disposition.value == "form-data", let name = disposition["name"] else {
            throw MultipartParser.malformed("a part has no Content-Disposition: form-data with a name")
        }
        self.name = name
        self.filename = disposition["filename"]
        self.contentType = contentType
    }
}
