import ANBCore

/// The document's part about uploads that survive their connections.
extension ResumableRoutes {
    static let options = Operation("showUploadProtocol", .uploads, "What of tus 1.0 the server can: version, extensions, limits")

    static let create = Operation(
        "beginUpload", .uploads,
        """
        Begin an upload: by tus with Upload-Length, Upload-Metadata (title, or filename) and perhaps the first bytes, or with \
        a JSON body, which on object stores with signed URLs answers where each part goes
        """
    )
    .with(.tusResumable, .uploadLength, .uploadMetadata, .uploadChecksum)
    .taking(UploadAnnouncementBody.self).taking(.uploadBytes).withoutBodyToo()
    .refusing(
        .unsupportedVersion, .rateLimited, .mediaRejected, .checksumMismatch, .overloaded, .inProgress, .gone)

    static let head = Operation("showUpload", .uploads, "How many bytes of an upload are durable: Upload-Offset")
        .with(.tusResumable.required).refusing(.unsupportedVersion, .gone)

    static let patch = Operation(
        "addToUpload", .uploads,
        "Add bytes from Upload-Offset on; after the last ones the upload is a video, named in x-video-id and x-task-id"
    )
    .with(.tusResumable.required, .uploadOffset.required, .uploadChecksum).taking(.uploadBytes)
    .refusing(
        .unsupportedVersion, .unsupportedMediaType, .offsetMismatch, .inProgress, .checksumMismatch, .gone, .conflict,
        .mediaRejected, .overloaded, .rateLimited)

    static let delete = Operation("cancelUpload", .uploads, "Give an upload up")
        .with(.tusResumable.required).refusing(.unsupportedVersion, .gone, .conflict)

    static let complete = Operation(
        "completeUpload", .uploads, "Make a video of an upload that has all its bytes; again and again the same answer"
    )
    .refusing(.conflict, .mediaRejected, .inProgress, .gone, .overloaded, .rateLimited)
}

extension Operation.Parameter {
    static let tusResumable = Self(
        place: .header, name: "Tus-Resumable", summary: "The version of tus that the client speaks.",
        schema: ["type": "string", "const": .string(Tus.version)])

    static let uploadLength = Self(
        place: .header, name: "Upload-Length", summary: "Bytes of the whole file.", schema: bytes(example: 6_291_456))

    static let uploadOffset = Self(
        place: .header, name: "Upload-Offset", summary: "Where the bytes go; must be where the upload is.",
        schema: bytes(example: 0))

    static let uploadMetadata = Self(
        place: .header, name: "Upload-Metadata",
        summary: "Keys and base64 values: title (or filename), filetype.",
        schema: [
            "type": "string", "maxLength": .integer(Int64(Tus.metadataBytesMax)),
            "example": "title VHJpcGxlIGRlc2RlIGxhIGVzcXVpbmE=,filetype dmlkZW8vbXA0",
        ])

    static let uploadChecksum = Self(
        place: .header, name: "Upload-Checksum",
        summary: "sha1 or sha256 and the digest of this request's bytes in base64; with another one nothing of it is kept.",
        schema: ["type": "string", "example": "sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk="])

    private static func bytes(example: Int64) -> JSONValue {
        ["type": "integer", "minimum": 0, "example": .integer(example)]
    }
}

extension Operation.Body {
    static let uploadBytes = Self(
        mediaType: Tus.mediaType, name: "UploadBytes",
        shape: Shape(schema: ["type": "string", "format": "binary"], example: ""))
}
