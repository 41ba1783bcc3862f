import ANBCore

/// An upload that has begun.
struct UploadSessionAnswer: Encodable, Sendable {
    /// Where a part goes: by PUT, with exactly these bytes.
    struct Part: Encodable, Sendable {
        /// From 1.
        var number: Int
        var url: String
        var byteCount: Int64
        /// In base64; to be sent as the header `x-amz-checksum-sha256`.
        var sha256: String?
    }

    /// Becomes the video's id.
    var uploadID: VideoID
    /// Takes the bytes by tus when there are no ``parts``; `/complete` below it makes the video.
    var uploadURL: String
    var expiresAt: String
    var parts: [Part]?
}

extension UploadSessionAnswer {
    init(_ session: UploadSession, url: String, parts: [ResumableUploads.DirectPart]?) {
        self.init(
            uploadID: session.id, uploadURL: url, expiresAt: session.expiresAt.description,
            parts: parts?.enumerated().map { index, part in
                Part(number: index + 1, url: part.url, byteCount: part.byteCount, sha256: part.sha256)
            })
    }
}

/// What is announced before a direct or resumable upload.
struct UploadAnnouncementBody: Codable, Sendable {
    var title: String
    var byteCount: Int64
    var contentType: String
    /// SHA-256 of each part in base64; the store then takes no other bytes.
    var partChecksums: [String]?

    enum CodingKeys: String, CodingKey {
        case title
        case byteCount = "byte_count"
        case contentType = "content_type"
        case partChecksums = "part_sha256"
    }
}
